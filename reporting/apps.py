"""The reporting app."""

from django.apps import AppConfig


class ReportingConfig(AppConfig):
    """Registers the app."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "reporting"
