"""Wagtail: the admin, pictures, documents, search."""

from tsb_portal.settings.environment import read_int

WAGTAIL_SITE_NAME = "Portal"
# All editors work in Norway: no choice of time zone.
WAGTAIL_USER_TIME_ZONES = ["Europe/Oslo"]
WAGTAIL_I18N_ENABLED = False
# As Norwegians write them; the forms of Django's bokmål take both these and ISO's.
WAGTAIL_DATE_FORMAT = "%d.%m.%Y"
WAGTAIL_DATETIME_FORMAT = "%d.%m.%Y %H:%M"
WAGTAILADMIN_PERMITTED_LANGUAGES = [("nb", "Norsk bokmål")]
WAGTAIL_FRONTEND_LOGIN_URL = "/konto/login/"
WAGTAILADMIN_LOGIN_URL = "/konto/login/"
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_WORKFLOW_REQUIRE_REAPPROVAL_ON_EDIT = True
# Milliseconds. At Wagtail's half a second a new page is being saved just as its writer presses Publish.
WAGTAIL_AUTOSAVE_INTERVAL = 5000
WAGTAILIMAGES_IMAGE_MODEL = "core.PortalImage"
WAGTAILIMAGES_IMAGE_FORM_BASE = "core.forms.images.PortalImageForm"
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 10 * 1024 * 1024
WAGTAILIMAGES_EXTENSIONS = ["gif", "jpg", "jpeg", "png", "webp", "avif"]
WAGTAILIMAGES_FORMAT_CONVERSIONS = {"avif": "webp"}
WAGTAILDOCS_DOCUMENT_MODEL = "core.PortalDocument"
WAGTAILDOCS_DOCUMENT_FORM_BASE = "core.forms.documents.PortalDocumentForm"
WAGTAILDOCS_SERVE_METHOD = "serve_view"
# Films keep to the same size. Below what deploy/Caddyfile lets through, so that it is the portal that says so in words.
WAGTAILDOCS_MAX_UPLOAD_SIZE = read_int("UPLOAD_MAX_MB", 150, minimum=1) * 1024 * 1024
WAGTAILDOCS_EXTENSIONS = [
    "pdf",
    "docx",
    "xlsx",
    "pptx",
    "odt",
    "ods",
    "odp",
    "csv",
    "txt",
    "zip",
    "vtt",
    "ics",
]
WAGTAILREDIRECTS_AUTO_CREATE = True
WAGTAILSEARCH_BACKENDS = {
    "default": {
        "BACKEND": "wagtail.search.backends.database",
        "SEARCH_CONFIG": "norwegian",
        "ATOMIC_REBUILD": True,
    }
}
TAGGIT_CASE_INSENSITIVE = True
