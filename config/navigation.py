"""Where the sidebar leads, and the badge that names the deployment."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# The order of the sidebar; an app that is not named here has no place in it.
APPS: Final = {
    "catalog": gettext_lazy("Catalogue"),
    "imports": gettext_lazy("Imports"),
    "media": gettext_lazy("Media"),
    "code2asin": gettext_lazy("Amazon ASIN"),
    "analytics": gettext_lazy("Analytics"),
}
CONSOLE_APPS: Final = ("auth", "procrastinate")

# Material Symbols; what staff open most stands first within its app.
ICONS: Final = {
    "catalog.Product": "inventory_2",
    "catalog.Supplier": "local_shipping",
    "catalog.Category": "account_tree",
    "catalog.Brand": "sell",
    "catalog.ProductVariant": "style",
    "catalog.ProductImage": "image",
    "catalog.PriceHistory": "payments",
    "catalog.StockHistory": "inventory",
    "imports.ImportJob": "sync",
    "imports.ImportLog": "subject",
    "imports.ImportRowError": "error",
    "imports.ImportFile": "upload_file",
    "imports.ImportConfig": "tune",
    "imports.ImportMapping": "swap_horiz",
    "imports.ImportSchedule": "schedule",
    "imports.ImportStatistics": "query_stats",
    "media.File": "perm_media",
    "media.Rendition": "photo_size_select_large",
    "media.FetchJob": "cloud_download",
    "code2asin.AsinMapping": "link",
    "code2asin.LookupJob": "manage_search",
    "code2asin.Marketplace": "storefront",
    "code2asin.Quota": "speed",
    "analytics.Report": "summarize",
    "analytics.Notification": "notifications",
    "analytics.Metric": "monitoring",
    "analytics.Event": "bolt",
    "auth.User": "person",
    "auth.Group": "group",
    "procrastinate.ProcrastinateJob": "task",
}
OTHER_ICON: Final = "table_rows"

# What the libraries call their tables says little to staff.
TITLES: Final = {"procrastinate.ProcrastinateJob": gettext_lazy("Background tasks")}

BADGES: Final = {"production": "danger", "staging": "warning"}


def environment(request: HttpRequest) -> list[str]:
    """The badge that says which deployment one is about to change."""
    name: str = settings.ENVIRONMENT
    return [name.capitalize(), BADGES.get(name, "info")]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar: the databases, then whatever tables this user may open."""
    apps = {app["app_label"]: app for app in admin.site.get_app_list(request)}
    groups = [_databases(request)]
    groups += [_tables(title, [apps[label]]) for label, title in APPS.items() if label in apps]
    console = [apps[label] for label in CONSOLE_APPS if label in apps]
    if console:
        groups.append(_tables(_("Console"), console))
    return groups


def _databases(request: HttpRequest) -> dict[str, Any]:
    items: list[dict[str, Any]] = [
        {"title": _("Dashboard"), "icon": "space_dashboard", "link": reverse("admin:index")}
    ]
    if request.user.has_perm("optimizer.view_console"):
        items += [
            {
                "title": alias,
                "icon": "database",
                "link": reverse("optimizer:overview", args=[alias]),
            }
            for alias in settings.DATABASES
        ]
        items.append(
            {
                "title": _("Maintenance runs"),
                "icon": "build",
                "link": reverse("admin:optimizer_maintenancerun_changelist"),
            }
        )
    return {"title": _("Databases"), "items": items}


def _tables(title: Any, apps: list[dict[str, Any]]) -> dict[str, Any]:
    models = [model for app in apps for model in app["models"]]
    return {
        "title": title,
        "collapsible": True,
        "items": [
            {
                "title": str(TITLES.get(_label(model), model["name"])),
                "icon": ICONS.get(_label(model), OTHER_ICON),
                "link": model["admin_url"],
            }
            for model in sorted(models, key=_position)
            if model["admin_url"]
        ],
    }


def _label(model: dict[str, Any]) -> str:
    label: str = model["model"]._meta.label
    return label


def _position(model: dict[str, Any]) -> tuple[int, str]:
    known = list(ICONS)
    label = _label(model)
    place = known.index(label) if label in ICONS else len(known)
    return place, str(model["name"])
