"""The core app."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Registers the app."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "core"

    def ready(self):
        """Connect the receivers."""
        from core import receivers  # noqa: F401
