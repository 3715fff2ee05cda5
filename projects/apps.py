"""The projects app."""

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    """Registers the app."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "projects"

    def ready(self):
        """Connect the receivers."""
        from projects import signals  # noqa: F401
