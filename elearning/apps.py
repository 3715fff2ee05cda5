"""The elearning app."""

from django.apps import AppConfig


class ElearningConfig(AppConfig):
    """Registers the app."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "elearning"

    def ready(self):
        """Connect the receivers."""
        from elearning import signals  # noqa: F401
