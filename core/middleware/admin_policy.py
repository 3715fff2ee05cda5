"""The admin's own Content Security Policy."""

from django.conf import settings

ADMIN_PREFIX = "/admin/"


class AdminPolicyMiddleware:
    """Replace the public policy under the admin, whose pages carry inline scripts of Wagtail's own."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        """Set the replacement that django-csp reads when it writes the header; a page's own, stricter one stays."""
        response = self.get_response(request)
        if request.path.startswith(ADMIN_PREFIX) and not hasattr(response, "_csp_replace"):
            response._csp_replace = settings.ADMIN_CONTENT_SECURITY_POLICY
        return response
