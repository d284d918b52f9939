import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import config.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="FetchJob",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source_url", models.URLField(max_length=1000, verbose_name="source")),
                (
                    "product_id",
                    config.fields.ReferenceField(
                        blank=True, null=True, to="catalog.Product", verbose_name="product"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("running", "Running"),
                            ("completed", "Completed"),
                            ("failed", "Failed"),
                        ],
                        default="pending",
                        max_length=16,
                        verbose_name="status",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                (
                    "next_attempt_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="next attempt"),
                ),
                ("error", models.TextField(blank=True, default="", verbose_name="error")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        verbose_name="created",
                    ),
                ),
                (
                    "finished_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="finished"),
                ),
            ],
            options={
                "verbose_name": "fetch job",
                "verbose_name_plural": "fetch jobs",
                "db_table": "media_fetch_jobs",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="File",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("bucket", models.CharField(max_length=63, verbose_name="bucket")),
                ("key", models.CharField(db_collation="C", max_length=500, verbose_name="key")),
                (
                    "sha256",
                    models.CharField(db_collation="C", max_length=64, verbose_name="SHA-256"),
                ),
                ("size_bytes", models.BigIntegerField(verbose_name="size (bytes)")),
                ("mime_type", models.CharField(max_length=100, verbose_name="type")),
                (
                    "product_id",
                    config.fields.ReferenceField(
                        blank=True, null=True, to="catalog.Product", verbose_name="product"
                    ),
                ),
                (
                    "original_name",
                    models.CharField(blank=True, max_length=300, verbose_name="original name"),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        verbose_name="created",
                    ),
                ),
            ],
            options={
                "verbose_name": "file",
                "verbose_name_plural": "files",
                "db_table": "media_files",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Rendition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=32, verbose_name="name")),
                ("key", models.CharField(db_collation="C", max_length=500, verbose_name="key")),
                ("mime_type", models.CharField(max_length=100, verbose_name="type")),
                ("width", models.PositiveIntegerField(verbose_name="width (px)")),
                ("height", models.PositiveIntegerField(verbose_name="height (px)")),
                ("size_bytes", models.BigIntegerField(verbose_name="size (bytes)")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        verbose_name="created",
                    ),
                ),
            ],
            options={
                "verbose_name": "rendition",
                "verbose_name_plural": "renditions",
                "db_table": "media_renditions",
                "ordering": ["file_id", "name"],
            },
        ),
        migrations.CreateModel(
            name="FileMetadata",
            fields=[
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="metadata",
                        serialize=False,
                        to="media.file",
                        verbose_name="file",
                    ),
                ),
                (
                    "width",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="width (px)"),
                ),
                (
                    "height",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="height (px)"),
                ),
                (
                    "color_space",
                    models.CharField(blank=True, max_length=32, verbose_name="colour space"),
                ),
                ("details", models.JSONField(blank=True, default=dict, verbose_name="details")),
                (
                    "extracted_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        verbose_name="extracted",
                    ),
                ),
            ],
            options={
                "verbose_name": "file metadata",
                "verbose_name_plural": "file metadata",
                "db_table": "media_metadata",
                "ordering": ["-file_id"],
            },
        ),
        migrations.AddConstraint(
            model_name="file",
            constraint=models.UniqueConstraint(
                fields=("bucket", "key"), name="media_files_key_uniq"
            ),
        ),
        migrations.AddConstraint(
            model_name="file",
            constraint=models.CheckConstraint(
                condition=models.Q(("size_bytes__gte", 0)), name="media_files_size"
            ),
        ),
        migrations.AddConstraint(
            model_name="file",
            constraint=models.CheckConstraint(
                condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="media_files_sha256"
            ),
        ),
        migrations.AddField(
            model_name="fetchjob",
            name="file",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="fetch_jobs",
                to="media.file",
                verbose_name="file",
            ),
        ),
        migrations.AddField(
            model_name="rendition",
            name="file",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="renditions",
                to="media.file",
                verbose_name="file",
            ),
        ),
        migrations.AddConstraint(
            model_name="fetchjob",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["pending", "running", "completed", "failed"])),
                name="media_fetch_jobs_status",
            ),
        ),
        migrations.AddConstraint(
            model_name="rendition",
            constraint=models.UniqueConstraint(
                fields=("file", "name"), name="media_renditions_name_uniq"
            ),
        ),
    ]
