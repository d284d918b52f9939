import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import config.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Marketplace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(db_collation="C", max_length=2, verbose_name="code")),
                ("amazon_id", models.CharField(max_length=20, verbose_name="Amazon's id")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("domain", models.CharField(max_length=100, verbose_name="domain")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "marketplace",
                "verbose_name_plural": "marketplaces",
                "db_table": "marketplaces",
                "ordering": ["code"],
                "constraints": [
                    models.UniqueConstraint(fields=("code",), name="marketplaces_code_uniq"),
                    models.UniqueConstraint(
                        fields=("amazon_id",), name="marketplaces_amazon_id_uniq"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LookupJob",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                            ("cancelled", "Cancelled"),
                        ],
                        default="pending",
                        max_length=16,
                        verbose_name="status",
                    ),
                ),
                (
                    "requested_by_id",
                    config.fields.ReferenceField(
                        blank=True, null=True, to="auth.User", verbose_name="requested by"
                    ),
                ),
                ("products_total", models.PositiveIntegerField(default=0, verbose_name="products")),
                ("products_found", models.PositiveIntegerField(default=0, verbose_name="found")),
                ("products_failed", models.PositiveIntegerField(default=0, verbose_name="failed")),
                ("error", models.TextField(blank=True, default="", verbose_name="error")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        verbose_name="created",
                    ),
                ),
                ("started_at", models.DateTimeField(blank=True, null=True, verbose_name="started")),
                (
                    "finished_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="finished"),
                ),
                (
                    "marketplace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="jobs",
                        to="code2asin.marketplace",
                        verbose_name="marketplace",
                    ),
                ),
            ],
            options={
                "verbose_name": "lookup job",
                "verbose_name_plural": "lookup jobs",
                "db_table": "lookup_jobs",
                "ordering": ["-created_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="AsinMapping",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "product_id",
                    config.fields.ReferenceField(to="catalog.Product", verbose_name="product"),
                ),
                ("asin", models.CharField(db_collation="C", max_length=10, verbose_name="ASIN")),
                (
                    "ean",
                    models.CharField(blank=True, default="", max_length=14, verbose_name="EAN"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("candidate", "Candidate"),
                            ("confirmed", "Confirmed"),
                            ("rejected", "Rejected"),
                        ],
                        default="candidate",
                        max_length=16,
                        verbose_name="status",
                    ),
                ),
                (
                    "confidence",
                    models.DecimalField(
                        decimal_places=3, default=1, max_digits=4, verbose_name="confidence"
                    ),
                ),
                (
                    "verified_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="verified"),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        verbose_name="created",
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        auto_now=True,
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="updated",
                    ),
                ),
                (
                    "marketplace",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mappings",
                        to="code2asin.marketplace",
                        verbose_name="marketplace",
                    ),
                ),
            ],
            options={
                "verbose_name": "ASIN mapping",
                "verbose_name_plural": "ASIN mappings",
                "db_table": "asin_mappings",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Quota",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("operation", models.CharField(max_length=64, verbose_name="operation")),
                ("window_start", models.DateTimeField(verbose_name="window begins")),
                (
                    "window_seconds",
                    models.PositiveIntegerField(default=86400, verbose_name="window (s)"),
                ),
                ("granted", models.PositiveIntegerField(verbose_name="granted")),
                ("used", models.PositiveIntegerField(default=0, verbose_name="used")),
                (
                    "marketplace",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="quotas",
                        to="code2asin.marketplace",
                        verbose_name="marketplace",
                    ),
                ),
            ],
            options={
                "verbose_name": "quota",
                "verbose_name_plural": "quotas",
                "db_table": "quotas",
                "ordering": ["-window_start", "marketplace_id", "operation"],
            },
        ),
        migrations.CreateModel(
            name="LookupResult",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "product_id",
                    config.fields.ReferenceField(to="catalog.Product", verbose_name="product"),
                ),
                ("ean", models.CharField(max_length=14, verbose_name="EAN")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("found", "Found"),
                            ("not_found", "Not found"),
                            ("ambiguous", "Ambiguous"),
                            ("error", "Error"),
                        ],
                        max_length=16,
                        verbose_name="outcome",
                    ),
                ),
                (
                    "asin",
                    models.CharField(
                        blank=True, db_collation="C", default="", max_length=10, verbose_name="ASIN"
                    ),
                ),
                ("response", models.JSONField(blank=True, default=dict, verbose_name="response")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        verbose_name="created",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="results",
                        to="code2asin.lookupjob",
                        verbose_name="job",
                    ),
                ),
            ],
            options={
                "verbose_name": "lookup result",
                "verbose_name_plural": "lookup results",
                "db_table": "lookup_results",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("job", "product_id"), name="lookup_results_uniq"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("outcome__in", ["found", "not_found", "ambiguous", "error"])
                        ),
                        name="lookup_results_outcome",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="lookupjob",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ["pending", "running", "completed", "failed", "cancelled"])
                ),
                name="lookup_jobs_status",
            ),
        ),
        migrations.AddConstraint(
            model_name="asinmapping",
            constraint=models.UniqueConstraint(
                fields=("marketplace", "asin", "product_id"), name="asin_mappings_uniq"
            ),
        ),
        migrations.AddConstraint(
            model_name="asinmapping",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "confirmed")),
                fields=("marketplace", "product_id"),
                name="asin_mappings_one_confirmed",
            ),
        ),
        migrations.AddConstraint(
            model_name="asinmapping",
            constraint=models.CheckConstraint(
                condition=models.Q(("asin__regex", "^[A-Z0-9]{10}$")), name="asin_mappings_asin"
            ),
        ),
        migrations.AddConstraint(
            model_name="asinmapping",
            constraint=models.CheckConstraint(
                condition=models.Q(("confidence__gte", 0), ("confidence__lte", 1)),
                name="asin_mappings_confidence",
            ),
        ),
        migrations.AddConstraint(
            model_name="asinmapping",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["candidate", "confirmed", "rejected"])),
                name="asin_mappings_status",
            ),
        ),
        migrations.AddConstraint(
            model_name="quota",
            constraint=models.UniqueConstraint(
                fields=("marketplace", "operation", "window_start"), name="quotas_uniq"
            ),
        ),
        migrations.AddConstraint(
            model_name="quota",
            constraint=models.CheckConstraint(
                condition=models.Q(("used__lte", models.F("granted"))), name="quotas_not_exceeded"
            ),
        ),
    ]
