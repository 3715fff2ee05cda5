"""The networks app."""

from django.apps import AppConfig


class NetworksConfig(AppConfig):
    """Registers the app."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "networks"

    def ready(self):
        """Connect the receivers."""
        from networks import signals  # noqa: F401
