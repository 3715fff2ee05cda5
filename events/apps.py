"""The events app."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """Registers the app."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "events"

    def ready(self):
        """Connect the receivers and the listings."""
        from events import listings, signals  # noqa: F401
