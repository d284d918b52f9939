"""Who may see and do what; the permissions themselves are declared on `MaintenanceRun`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from optimizer.models import Operation

VIEW_CONSOLE: Final = "optimizer.view_console"
VIEW_QUERY_TEXT: Final = "optimizer.view_query_text"

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[HttpRequest, Arguments], HttpResponse]


def console_page(view: View[Arguments]) -> View[Arguments]:
    """A page for staff with the permission to see the console; others are told what they lack."""

    @wraps(view)
    def permitted(
        request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> HttpResponse:
        if not request.user.has_perm(VIEW_CONSOLE):
            return denied(request, VIEW_CONSOLE)
        return view(request, *args, **kwargs)

    within_admin: View[Arguments] = admin.site.admin_view(permitted)

    @wraps(view)
    def page(
        request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> HttpResponse:
        if "HX-Request" in request.headers and not admin.site.has_permission(request):
            # The login page would be put into the middle of this one.
            return HttpResponse(status=401)
        return within_admin(request, *args, **kwargs)

    return page


def denied(request: HttpRequest, permission: str) -> HttpResponse:
    context = admin.site.each_context(request) | {
        "title": _("Not allowed"),
        "permission": permission,
    }
    return TemplateResponse(request, "optimizer/console/denied.html", context, status=403)


def permission_for(operation: Operation) -> str:
    return f"optimizer.run_{operation}"


def permitted_operations(request: HttpRequest) -> list[Operation]:
    return [choice for choice in Operation if request.user.has_perm(permission_for(choice))]


def may_view_query_text(request: HttpRequest) -> bool:
    return request.user.has_perm(VIEW_QUERY_TEXT)
