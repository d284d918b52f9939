from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

import config.fields


class Migration(migrations.Migration):
    atomic = False  # CREATE INDEX CONCURRENTLY runs outside a transaction

    dependencies = [
        ("analytics", "0001_initial"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="metric",
            index=config.fields.Index(
                models.F("name"),
                models.OrderBy(models.F("recorded_at"), descending=True),
                name="idx_metrics_name_recorded",
            ),
        ),
        AddIndexConcurrently(
            model_name="notification",
            index=config.fields.Index(
                models.F("user_id"),
                models.OrderBy(models.F("created_at"), descending=True),
                condition=models.Q(("read_at__isnull", True)),
                name="idx_notifications_user_unread",
            ),
        ),
    ]
