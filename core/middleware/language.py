"""Which language the interface starts in."""

from django.conf import settings
from django.utils import translation


class InterfaceLanguageMiddleware:
    """Start every request in bokmål; a page in nynorsk changes it, and nothing leaks to the next request."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        """Activate the site's language before the view and again after it."""
        translation.activate(settings.LANGUAGE_CODE)
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language())
        translation.activate(settings.LANGUAGE_CODE)
        return response
