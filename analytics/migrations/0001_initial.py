import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import config.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(db_collation="C", max_length=64, verbose_name="kind")),
                (
                    "actor_id",
                    config.fields.ReferenceField(
                        blank=True, null=True, to="auth.User", verbose_name="user"
                    ),
                ),
                (
                    "subject",
                    models.CharField(
                        help_text="such as catalog.Product", max_length=64, verbose_name="subject"
                    ),
                ),
                (
                    "subject_id",
                    models.BigIntegerField(blank=True, null=True, verbose_name="subject's id"),
                ),
                ("payload", models.JSONField(blank=True, default=dict, verbose_name="payload")),
                (
                    "occurred_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="occurred",
                    ),
                ),
            ],
            options={
                "verbose_name": "event",
                "verbose_name_plural": "events",
                "db_table": "events",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Metric",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(db_collation="C", max_length=64, verbose_name="name")),
                (
                    "supplier_id",
                    config.fields.ReferenceField(
                        blank=True, null=True, to="catalog.Supplier", verbose_name="supplier"
                    ),
                ),
                ("value", models.FloatField(verbose_name="value")),
                ("unit", models.CharField(blank=True, max_length=16, verbose_name="unit")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="recorded",
                    ),
                ),
            ],
            options={
                "verbose_name": "metric",
                "verbose_name_plural": "metrics",
                "db_table": "metrics",
                "ordering": ["-recorded_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="MetricRollup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(db_collation="C", max_length=64, verbose_name="name")),
                (
                    "period",
                    models.CharField(
                        choices=[("hour", "Hour"), ("day", "Day"), ("month", "Month")],
                        max_length=8,
                        verbose_name="period",
                    ),
                ),
                ("period_start", models.DateTimeField(verbose_name="begins")),
                ("supplier_id", models.BigIntegerField(default=0, verbose_name="supplier")),
                ("samples", models.PositiveIntegerField(verbose_name="samples")),
                ("total", models.FloatField(verbose_name="total")),
                ("minimum", models.FloatField(verbose_name="minimum")),
                ("maximum", models.FloatField(verbose_name="maximum")),
            ],
            options={
                "verbose_name": "metric rollup",
                "verbose_name_plural": "metric rollups",
                "db_table": "metric_rollups",
                "ordering": ["-period_start", "name"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("name", "period", "period_start", "supplier_id"),
                        name="metric_rollups_uniq",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("period__in", ["hour", "day", "month"])),
                        name="metric_rollups_period",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("minimum__lte", models.F("maximum"))),
                        name="metric_rollups_range",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("user_id", config.fields.ReferenceField(to="auth.User", verbose_name="user")),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("info", "Information"),
                            ("warning", "Warning"),
                            ("error", "Error"),
                        ],
                        default="info",
                        max_length=8,
                        verbose_name="level",
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                ("body", models.TextField(blank=True, verbose_name="text")),
                ("url", models.CharField(blank=True, max_length=500, verbose_name="link")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        verbose_name="created",
                    ),
                ),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="read")),
            ],
            options={
                "verbose_name": "notification",
                "verbose_name_plural": "notifications",
                "db_table": "notifications",
                "ordering": ["-created_at", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("level__in", ["info", "warning", "error"])),
                        name="notifications_level",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(db_index=False, max_length=64, verbose_name="slug")),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                ("description", models.TextField(blank=True, verbose_name="description")),
                (
                    "parameters",
                    models.JSONField(blank=True, default=dict, verbose_name="parameters"),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
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
                "verbose_name": "report",
                "verbose_name_plural": "reports",
                "db_table": "reports",
                "ordering": ["title"],
                "constraints": [
                    models.UniqueConstraint(fields=("slug",), name="reports_slug_uniq")
                ],
            },
        ),
        migrations.CreateModel(
            name="ReportRun",
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
                            ("running", "Running"),
                            ("completed", "Completed"),
                            ("failed", "Failed"),
                        ],
                        default="running",
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
                ("rows", models.PositiveIntegerField(default=0, verbose_name="rows")),
                ("result_key", models.CharField(blank=True, max_length=500, verbose_name="result")),
                ("error", models.TextField(blank=True, default="", verbose_name="error")),
                (
                    "started_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        verbose_name="started",
                    ),
                ),
                (
                    "finished_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="finished"),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="runs",
                        to="analytics.report",
                        verbose_name="report",
                    ),
                ),
            ],
            options={
                "verbose_name": "report run",
                "verbose_name_plural": "report runs",
                "db_table": "report_runs",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["running", "completed", "failed"])),
                        name="report_runs_status",
                    )
                ],
            },
        ),
    ]
