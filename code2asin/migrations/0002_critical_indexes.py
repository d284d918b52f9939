from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

import config.fields


class Migration(migrations.Migration):
    atomic = False  # CREATE INDEX CONCURRENTLY runs outside a transaction

    dependencies = [
        ("code2asin", "0001_initial"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="asinmapping",
            index=config.fields.Index(
                fields=["product_id", "marketplace"], name="idx_asin_mappings_product"
            ),
        ),
        AddIndexConcurrently(
            model_name="lookupjob",
            index=config.fields.Index(
                models.F("status"),
                models.OrderBy(models.F("created_at"), descending=True),
                name="idx_lookup_jobs_status_created",
            ),
        ),
    ]
