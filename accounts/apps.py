"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Registers the app and its receivers."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "accounts"

    def ready(self) -> None:
        """Listen to what other apps tell; warn of what runs out."""
        from accounts import checks, signals  # noqa: F401
