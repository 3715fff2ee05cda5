"""The publications app."""

from django.apps import AppConfig


class PublicationsConfig(AppConfig):
    """Registers the app."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "publications"

    def ready(self):
        """Connect the receivers and the listings."""
        from publications import listings, signals  # noqa: F401
