"""How the admin looks; what needs the apps loaded is named by its path and lives elsewhere."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

PRIMARY: Final = {
    "50": "oklch(97% .014 254.604)",
    "100": "oklch(93.2% .032 255.585)",
    "200": "oklch(88.2% .059 254.128)",
    "300": "oklch(80.9% .105 251.813)",
    "400": "oklch(70.7% .165 254.624)",
    "500": "oklch(62.3% .214 259.815)",
    "600": "oklch(54.6% .245 262.881)",
    "700": "oklch(48.8% .243 264.376)",
    "800": "oklch(42.4% .199 265.638)",
    "900": "oklch(37.9% .146 265.522)",
    "950": "oklch(28.2% .091 267.935)",
}


def style(request: HttpRequest) -> str:
    return static("optimizer/console.css")


def script(request: HttpRequest) -> str:
    return static("optimizer/console.js")


def favicon(request: HttpRequest) -> str:
    return static("config/favicon.svg")


UNFOLD: Final[dict[str, Any]] = {
    "SITE_TITLE": "Suppliers-Import",
    "SITE_HEADER": "Suppliers-Import",
    "SITE_SUBHEADER": _("Operations console"),
    "SITE_SYMBOL": "database",
    "SITE_URL": None,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": favicon}],
    "SHOW_LANGUAGES": True,
    "ENVIRONMENT": "config.navigation.environment",
    "DASHBOARD_CALLBACK": "optimizer.console.dashboard.dashboard",
    "STYLES": [style],
    "SCRIPTS": [script],
    "COLORS": {"primary": PRIMARY},
    "SIDEBAR": {"navigation": "config.navigation.navigation"},
}
