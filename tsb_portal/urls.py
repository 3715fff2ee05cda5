"""The address plan. Words used here are reserved as slugs (core.slugs)."""

from django.conf import settings
from django.urls import include, path, re_path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from core.views.media import serve_media
from core.views.pages import serve as serve_page

urlpatterns = [
    path("", include("core.urls")),
    path("", include("accounts.urls")),
    path("", include("directory.urls")),
    path("", include("publications.urls")),
    path("", include("projects.urls")),
    path("", include("networks.urls")),
    path("", include("events.urls")),
    path("", include("elearning.urls")),
    path("", include("newsletters.urls")),
    path("", include("reporting.urls")),
    # accounts.urls shadows the admin's own log-in and password routes before this line.
    path("admin/", include(wagtailadmin_urls)),
    path("dokumenter/", include(wagtaildocs_urls)),
    path("konto/", include("allauth.urls")),
]

if settings.DEMO:
    urlpatterns.append(path("", include("demo.urls")))

# Pictures and films are public files. A real service lets its proxy serve them; this is the plain way.
urlpatterns.append(re_path(r"^media/(?P<path>.*)$", serve_media, {"document_root": settings.MEDIA_ROOT}))

handler404 = "core.views.errors.page_not_found"
handler500 = "core.views.errors.server_error"

urlpatterns += [
    re_path(wagtail_urls.serve_pattern, serve_page, name="wagtail_serve"),
    path("", include(wagtail_urls)),
]
