from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

import config.fields


class Migration(migrations.Migration):
    atomic = False  # CREATE INDEX CONCURRENTLY runs outside a transaction

    dependencies = [
        ("media", "0001_initial"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="fetchjob",
            index=config.fields.Index(
                models.F("status"),
                models.OrderBy(models.F("created_at"), descending=True),
                name="idx_fetch_jobs_status_created",
            ),
        ),
        AddIndexConcurrently(
            model_name="file",
            index=config.fields.Index(fields=["product_id", "id"], name="idx_media_files_product"),
        ),
    ]
