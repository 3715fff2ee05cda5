"""Core models, split by what they are about."""

from core.models.articles import ArticleIndexPage, ArticlePage
from core.models.base import BodyMixin, ContentPage
from core.models.guides import ChapterPage, GuideIndexPage, GuidePage
from core.models.media import PortalDocument, PortalImage, PortalRendition
from core.models.pages import ContactPage, HomePage, SectionPage, StandardPage
from core.models.records import BrokenLink, DocumentDownloadCount, FeedbackResponse, PageViewCount
from core.models.settings import ServiceSettings
from core.models.snippets import Film, GlossaryTerm, StaffRole
from core.models.topics import GlossaryPage, TopicIndexPage, TopicPage

__all__ = [
    "ArticleIndexPage",
    "ArticlePage",
    "BodyMixin",
    "BrokenLink",
    "ChapterPage",
    "ContactPage",
    "ContentPage",
    "DocumentDownloadCount",
    "FeedbackResponse",
    "Film",
    "GlossaryPage",
    "GlossaryTerm",
    "GuideIndexPage",
    "GuidePage",
    "HomePage",
    "PageViewCount",
    "PortalDocument",
    "PortalImage",
    "PortalRendition",
    "SectionPage",
    "ServiceSettings",
    "StaffRole",
    "StandardPage",
    "TopicIndexPage",
    "TopicPage",
]
