"""Who the service is, for mail and other places without a request."""

from wagtail.models import Site

from core.models import ServiceSettings


def service_settings() -> ServiceSettings | None:
    """Return the settings of the default site, or None before the site is set up."""
    site = Site.objects.filter(is_default_site=True).first()
    return ServiceSettings.for_site(site) if site else None


def service_name() -> str:
    """Return the service's name for titles and mail."""
    found = service_settings()
    return found.service_name if found else "Portal"
