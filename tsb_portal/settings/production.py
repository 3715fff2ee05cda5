"""Settings of a real service; the start stops with a sentence when something needed is missing."""

from tsb_portal.settings.base import *  # noqa: F403
from tsb_portal.settings.environment import env, fail, read_bool

for _name in (
    "SECRET_KEY",
    "DATABASE_URL",
    "REDIS_URL",
    "EMAIL_URL",
    "SITE_URL",
    "ALLOWED_HOSTS",
    "SECURITY_CONTACT",
    "SECURITY_TXT_EXPIRES",
):
    if not env.str(_name, default=""):
        raise fail(_name, "it is not set, and a real service needs it.")
if len(SECRET_KEY) < 40:  # noqa: F405
    raise fail("SECRET_KEY", "it must have at least 40 characters.")

SECURE_SSL_REDIRECT = read_bool("SECURE_SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^healthz/"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken"

LINK_CHECK_EXTERNAL = read_bool("LINK_CHECK_EXTERNAL", True)

_sentry = env.str("SENTRY_DSN", default="")
if _sentry:
    import sentry_sdk

    from core.log_filters import blank_event

    sentry_sdk.init(
        dsn=_sentry,
        send_default_pii=False,
        # Views' variables and what was sent in forms hold tokens and people, and no address to know them by.
        include_local_variables=False,
        max_request_body_size="never",
        before_send=blank_event,
        before_send_transaction=blank_event,
    )
