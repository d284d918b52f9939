from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

import config.fields


class Migration(migrations.Migration):
    atomic = False  # CREATE INDEX CONCURRENTLY runs outside a transaction

    dependencies = [
        ("catalog", "0001_initial"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="pricehistory",
            index=config.fields.Index(
                models.F("product"),
                models.OrderBy(models.F("recorded_at"), descending=True),
                name="idx_price_history_product",
            ),
        ),
        AddIndexConcurrently(
            model_name="product",
            index=config.fields.Index(
                models.F("is_active"),
                models.OrderBy(models.F("created_at"), descending=True),
                condition=models.Q(("is_active", True)),
                name="idx_products_active_created_desc",
            ),
        ),
        AddIndexConcurrently(
            model_name="product",
            index=config.fields.Index(
                condition=models.Q(("is_active", True)),
                fields=["sku", "is_active", "title"],
                name="idx_products_sku_active_title",
            ),
        ),
        AddIndexConcurrently(
            model_name="product",
            index=config.fields.Index(fields=["supplier"], name="idx_products_supplier_id"),
        ),
        AddIndexConcurrently(
            model_name="stockhistory",
            index=config.fields.Index(
                models.F("product"),
                models.OrderBy(models.F("recorded_at"), descending=True),
                name="idx_stock_history_product",
            ),
        ),
    ]
