from __future__ import annotations

from django.urls import path, register_converter

from optimizer.console import as_django, maintenance, suggestions, views
from optimizer.console.converters import AliasConverter, OperationConverter, QueryIdConverter

register_converter(AliasConverter, "alias")
register_converter(QueryIdConverter, "queryid")
register_converter(OperationConverter, "operation")

app_name = "optimizer"

urlpatterns = [
    path("databases/<alias:alias>/", views.overview, name="overview"),
    path("databases/<alias:alias>/queries/", views.slow_queries, name="slow_queries"),
    path("databases/<alias:alias>/queries/<queryid:queryid>/", views.query, name="query"),
    path("databases/<alias:alias>/suggestions/", suggestions.page, name="suggestions"),
    path("databases/<alias:alias>/suggestions/advice/", suggestions.advice, name="advice"),
    path("databases/<alias:alias>/suggestions/migrations/", as_django.page, name="as_django"),
    path(
        "databases/<alias:alias>/suggestions/migrations/files/",
        as_django.files,
        name="as_django_files",
    ),
    path(
        "databases/<alias:alias>/suggestions/migrations/download/",
        as_django.download,
        name="download",
    ),
    path("databases/<alias:alias>/tables/", views.tables, name="tables"),
    path("databases/<alias:alias>/tables/<str:schema>/<str:name>/", views.table, name="table"),
    path(
        "databases/<alias:alias>/tables/<str:schema>/<str:name>/advice/",
        suggestions.table_advice,
        name="table_advice",
    ),
    path("databases/<alias:alias>/maintenance/", maintenance.page, name="maintenance"),
    path(
        "databases/<alias:alias>/maintenance/<operation:operation>/",
        maintenance.confirm,
        name="maintain",
    ),
    path("maintenancerun/<int:pk>/state/", maintenance.run_state, name="run_state"),
]
