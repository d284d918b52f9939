from django.db import migrations


class Migration(migrations.Migration):
    """Room in each page, so that a new price or stock stays in it and touches no index (HOT)."""

    dependencies = [
        ("catalog", "0002_critical_indexes"),
    ]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE products SET (fillfactor = 90)",
            "ALTER TABLE products RESET (fillfactor)",
        ),
    ]
