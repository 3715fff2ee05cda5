"""What follows when content changes or a document is fetched."""

from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.dispatch import receiver
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents.models import document_served
from wagtail.models import Page, PageViewRestriction, Site
from wagtail.signals import page_published, page_unpublished, post_page_move

from core.counters import count_download
from core.models import Film, GlossaryTerm, PortalDocument, PortalImage, ServiceSettings, StaffRole
from core.page_store import forget_pages, withdraw_pages
from core.robots import is_robot

# Saving one of these changes pages that are already built. The apps add their own with `forget_after`.
SHARED_MODELS: set[type[Model]] = {
    Film,
    GlossaryTerm,
    PageViewRestriction,
    PortalDocument,
    PortalImage,
    Redirect,
    ServiceSettings,
    Site,
    StaffRole,
}


def forget_after(*models: type[Model]) -> None:
    """Let an app name its rows that stand on pages but are edited outside them: saving one makes pages new."""
    SHARED_MODELS.update(models)


@receiver([page_published, post_page_move])
def forget_after_page_change(**kwargs) -> None:
    """A page and every list it appears in are built anew."""
    forget_pages()


@receiver(page_unpublished)
@receiver(post_save, sender=PageViewRestriction)
def withdraw_after_closing(**kwargs) -> None:
    """A page that is unpublished or closed must not be shown from the store when the database is away."""
    withdraw_pages()


@receiver([post_save, post_delete])
def forget_after_shared_change(sender, **kwargs) -> None:
    """A snippet, picture or setting may stand on any page; a deleted page may stand in any list."""
    if kwargs.get("created") is None and issubclass(sender, Page):
        withdraw_pages()
    elif sender in SHARED_MODELS:
        forget_pages()


@receiver(m2m_changed, sender=StaffRole.topics.through)
@receiver(m2m_changed, sender=Film.topics.through)
def forget_after_topic_change(**kwargs) -> None:
    """A role or film appears on or leaves a topic page."""
    forget_pages()


@receiver(document_served)
def count_served_document(sender, instance, request, **kwargs) -> None:
    """Count a reader's download; editors who are logged in and robots do not count."""
    if not is_robot(request) and not getattr(request, "user", None).is_authenticated:
        count_download(instance.pk)
