"""The demo app."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Registers the app."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "demo"
