"""The newsletters app."""

from django.apps import AppConfig


class NewslettersConfig(AppConfig):
    """Registers the app."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "newsletters"

    def ready(self):
        """Connect the receivers."""
        from newsletters import signals  # noqa: F401
