"""Settings shared by every environment. Values come from the environment; see docs/settings.md."""

from pathlib import Path

import django.conf.locale
from django.utils.translation import gettext_lazy as _

from tsb_portal.settings.environment import (
    env,
    fail,
    read_bool,
    read_date,
    read_int,
    read_list,
    read_mailbox,
    read_rates,
    read_smtp,
    read_url,
)
from tsb_portal.settings.logins import *
from tsb_portal.settings.security import *
from tsb_portal.settings.wagtail import *

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))

DEBUG = False
DEMO = False
SECRET_KEY = env.str("SECRET_KEY", default="")
ALLOWED_HOSTS = read_list("ALLOWED_HOSTS", ["localhost", "127.0.0.1"])
SITE_URL = read_url("SITE_URL", "http://localhost:8000", schemes=("http", "https")).rstrip("/")
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "demo",
    "reporting",
    "newsletters",
    "publications",
    "projects",
    "networks",
    "events",
    "elearning",
    "directory",
    "accounts",
    "core",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.contrib.table_block",
    "wagtail.embeds",
    "wagtail.sites",
    "accounts.users_app.PortalUsersAppConfig",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "csp",
    "django_htmx",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "newsletters.middleware.TrackingMiddleware",
    "core.middleware.page_cache.PageCacheMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "core.middleware.admin_policy.AdminPolicyMiddleware",
    "core.middleware.language.InterfaceLanguageMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.EditorMfaMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

ROOT_URLCONF = "tsb_portal.urls"
WSGI_APPLICATION = "tsb_portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wagtail.contrib.settings.context_processors.settings",
            ],
        },
    }
]


# Database: PostgreSQL always; without an address the embedded server of the demo is started or joined.
def _database() -> dict:
    url = read_url("DATABASE_URL", "", schemes=("postgres", "postgresql"))
    if not url:
        from tsb_portal.embedded import database_url

        url = database_url()
    config = env.db_url_config(url)
    config["ENGINE"] = "django.db.backends.postgresql"
    config["CONN_HEALTH_CHECKS"] = True
    if read_bool("DATABASE_POOL", False):
        # A pool serves web processes; Celery's prefork closes pools around tasks.
        config["OPTIONS"] = {
            **config.get("OPTIONS", {}),
            "pool": {"min_size": 1, "max_size": 8, "timeout": 5},
        }
    else:
        config["CONN_MAX_AGE"] = 60
    return config


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Cache and broker: Redis, or tables and files so that web and worker still share them.
REDIS_URL = read_url("REDIS_URL", "", schemes=("redis", "rediss", "unix"))
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 1, "SOCKET_TIMEOUT": 2, "IGNORE_EXCEPTIONS": True},
        }
    }
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "socket_connect_timeout": 2}
else:
    CACHES = {
        "default": {
            "BACKEND": "core.caches.CountingDatabaseCache",
            "LOCATION": "portal_cache",
            # Django's 300 would throw out marks of sent forms, limits and the pages' generation among the pages.
            "OPTIONS": {"MAX_ENTRIES": 50_000},
        }
    }
    _broker = VAR_DIR / "broker"
    # Files need no host; the word keeps Celery from warning that it is missing.
    CELERY_BROKER_URL = "filesystem://localhost"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "queue"),
        "data_folder_out": str(_broker / "queue"),
        "control_folder": str(_broker / "control"),
        "polling_interval": 0.3,
    }
# Renditions of pictures never change, so each process keeps those it has met in its own memory.
CACHES["renditions"] = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "LOCATION": "renditions",
    "OPTIONS": {"MAX_ENTRIES": 10_000},
}
# Parts that many pages share (header, footer, cards), kept by each process until something is published, for so many
# seconds at most; 0 keeps nothing between requests.
PARTS_SECONDS = 3600
CACHES["parts"] = {
    "BACKEND": "core.caches.PlainMemory",
    "LOCATION": "parts",
    "OPTIONS": {"MAX_ENTRIES": 5_000},
}
PAGE_CACHE_SECONDS = read_int("PAGE_CACHE_SECONDS", 3600)

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 1800
CELERY_TIMEZONE = "Europe/Oslo"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_CONCURRENCY = read_int("WORKER_PROCESSES", 2, minimum=1)

# Mail: one SMTP path everywhere; the demo and the tests start their own receiving server.
_mail = read_smtp("EMAIL_URL", "smtp://127.0.0.1:25")
EMAIL_BACKEND = "core.mail.EmailBackend"
EMAIL_HOST = _mail["EMAIL_HOST"]
EMAIL_PORT = _mail["EMAIL_PORT"]
EMAIL_HOST_USER = _mail["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = _mail["EMAIL_USE_TLS"]
EMAIL_USE_SSL = _mail["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="portal@example.no")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
BOUNCE_DOMAIN = env.str("BOUNCE_DOMAIN", default="")
# Letters: rows claimed and recorded at a time, how long one message may take and a worker may hold its rows (seconds),
# workers per delivery. A lease is one message's time for sending, one for the last message, one for recording.
LETTER_BATCH_SIZE = read_int("LETTER_BATCH_SIZE", 50, minimum=1)
LETTER_MESSAGE_SECONDS = read_int("LETTER_MESSAGE_SECONDS", 60, minimum=1)
LETTER_LEASE_SECONDS = read_int("LETTER_LEASE_SECONDS", 5 * LETTER_MESSAGE_SECONDS, minimum=1)
if LETTER_LEASE_SECONDS < 3 * LETTER_MESSAGE_SECONDS:
    raise fail(
        "LETTER_LEASE_SECONDS",
        f"{LETTER_LEASE_SECONDS} is less than three times LETTER_MESSAGE_SECONDS ({LETTER_MESSAGE_SECONDS}).",
    )
# Clicks and opens wait in the web process for so long and are then written together (seconds); 0 writes each at once.
LETTER_HITS_SECONDS = 1.0
LETTER_SENDERS = read_int("LETTER_SENDERS", 2, minimum=1)
# Letters per second over all workers, to any one domain, and to domains by name; 0 is no limit.
LETTER_RATE_PER_SECOND = read_int("LETTER_RATE_PER_SECOND", 0)
LETTER_DOMAIN_RATE = read_int("LETTER_DOMAIN_RATE", 0)
LETTER_DOMAIN_RATES = read_rates("LETTER_DOMAIN_RATES")
# A delivery with work that has come no further for so long stands still (minutes).
LETTER_STANDSTILL_MINUTES = read_int("LETTER_STANDSTILL_MINUTES", 10, minimum=1)
# What comes back: where it is read, how often (minutes), what becomes of mails that have been handled (IMAP only).
BOUNCE_MAILBOX = read_mailbox("BOUNCE_MAILBOX")
BOUNCE_POLL_MINUTES = read_int("BOUNCE_POLL_MINUTES", 5, minimum=1)
BOUNCE_HANDLED_FOLDER = env.str("BOUNCE_HANDLED_FOLDER", default="")
BOUNCE_DELETE_KNOWN = read_bool("BOUNCE_DELETE_KNOWN", False)
# Checks before sending: the program that gives a spam score, and what check_mail_domain looks up, and where.
SPAMASSASSIN = env.str("SPAMASSASSIN", default="")
DKIM_SELECTORS = read_list("DKIM_SELECTORS", [])
DNS_SERVERS = read_list("DNS_SERVERS", [])

# Import of people: the largest file (MB) and the most rows in one.
IMPORT_MAX_MEGABYTES = read_int("IMPORT_MAX_MEGABYTES", 10, minimum=1)
IMPORT_MAX_ROWS = read_int("IMPORT_MAX_ROWS", 50_000, minimum=1)

# Language, time
LANGUAGE_CODE = "nb"
LANGUAGES = [
    ("nb", _("Norwegian Bokmål")),
    ("nn", _("Norwegian Nynorsk")),
    ("se", _("Northern Sámi")),
    ("en", _("English")),
]
# Django does not know Northern Sámi by name; without this entry the language cannot be described.
django.conf.locale.LANG_INFO.setdefault(
    "se", {"bidi": False, "code": "se", "name": "Northern Sámi", "name_local": "davvisámegiella"}
)
# Words of Wagtail that its own Norwegian catalogue lacks.
LOCALE_PATHS = [BASE_DIR / "tsb_portal" / "locale"]
TIME_ZONE = "Europe/Oslo"
USE_TZ = True

# Files
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(VAR_DIR / "media")))
# Without a key, the machine's own role or credentials file is asked; without an address, Amazon's.
_s3 = {
    "bucket_name": env.str("S3_BUCKET", default=""),
    "access_key": env.str("AWS_ACCESS_KEY_ID", default=""),
    "secret_key": env.str("AWS_SECRET_ACCESS_KEY", default=""),
    "region_name": env.str("AWS_S3_REGION_NAME", default=""),
    "endpoint_url": read_url("AWS_S3_ENDPOINT_URL", "", schemes=("http", "https")),
}
STORAGES = {
    "default": (
        {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {name: value for name, value in _s3.items() if value},
        }
        if _s3["bucket_name"]
        else {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    ),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# Log-in, Wagtail and security have files of their own.
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SITE_URL.startswith("https") else "http"
WAGTAILADMIN_BASE_URL = SITE_URL

# Own switches; each is described in docs/settings.md
PROJECT_LEADERS_MAY_PUBLISH = read_bool("PROJECT_LEADERS_MAY_PUBLISH", False)
# Asking other sites: a real service does, where nothing else is said; the demo and the tests leave them alone.
LINK_CHECK_EXTERNAL = read_bool("LINK_CHECK_EXTERNAL", False)
# Addresses inside the network that may be asked all the same. No variable sets it: tests name their own servers.
LINK_CHECK_ALLOWED: frozenset[str] = frozenset()
SECURITY_CONTACT = env.str("SECURITY_CONTACT", default="mailto:sikkerhet@example.no")
SECURITY_TXT_EXPIRES = read_date("SECURITY_TXT_EXPIRES", "")
HEALTH_TOKEN = env.str("HEALTH_TOKEN", default="")
if 0 < len(HEALTH_TOKEN) < 20:
    raise fail("HEALTH_TOKEN", "it must have at least 20 characters, or be left out.")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    # Tokens in addresses open a person's own pages; Django logs the address of each request that fails.
    "filters": {"no_tokens": {"()": "core.log_filters.BlankTokens"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["no_tokens"]}
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    # Each search index update is a task of its own; their comings and goings are of no use to an operator.
    # WeasyPrint tells each of its steps, seven lines for a report.
    # flufl.bounce tells each of its detectors, and traces those that meet mail they were not written for.
    # Django brings handlers of its own, which would write what the filter has not seen.
    "loggers": {
        "django": {"handlers": [], "level": "INFO"},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        "django_tasks": {"level": "WARNING"},
        "wagtail": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
        "flufl.bounce": {"level": "CRITICAL"},
    },
}
