from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OptimizerConfig(AppConfig):
    name = "optimizer"
    verbose_name = _("Database optimizer")

    def ready(self) -> None:
        from optimizer import checks  # noqa: F401  (registers them)
