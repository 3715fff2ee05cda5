"""The newsletters app."""

from django.apps import AppConfig


class NewslettersConfig(AppConfig):
    """Registers the app."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "newsletters"

    def ready(self):
        """Connect the receivers; warn of what is not set."""
        from newsletters import checks, signals  # noqa: F401
