from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from config import views

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index", permanent=False)),
    path("-/alive", views.alive, name="alive"),
    path("-/ready", views.ready, name="ready"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/optimizer/", include("optimizer.console.urls")),
    path("admin/", admin.site.urls),
]
