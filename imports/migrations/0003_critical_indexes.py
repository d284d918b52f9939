from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

import config.fields
from config.operations import AddPartitionedIndexConcurrently


class Migration(migrations.Migration):
    atomic = False  # CREATE INDEX CONCURRENTLY runs outside a transaction

    dependencies = [
        ("imports", "0002_first_partitions"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="importjob",
            index=config.fields.Index(
                models.F("status"),
                models.OrderBy(models.F("created_at"), descending=True),
                name="idx_import_jobs_status_created",
            ),
        ),
        AddIndexConcurrently(
            model_name="importjob",
            index=config.fields.Index(
                models.F("supplier_id"),
                models.OrderBy(models.F("created_at"), descending=True),
                name="idx_import_jobs_supplier",
            ),
        ),
        AddPartitionedIndexConcurrently(
            model_name="importlog",
            index=config.fields.Index(
                models.F("job"),
                models.OrderBy(models.F("created_at"), descending=True),
                models.F("log_level"),
                name="idx_import_logs_job_created_level",
            ),
        ),
        AddIndexConcurrently(
            model_name="importrowerror",
            index=config.fields.Index(
                fields=["job", "line_number"], name="idx_import_errors_job_line"
            ),
        ),
    ]
