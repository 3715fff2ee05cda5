"""The directory app."""

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    """Registers the app and its receivers."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "directory"

    def ready(self) -> None:
        """Listen to what other apps tell."""
        from directory import signals  # noqa: F401
