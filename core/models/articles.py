"""News articles."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.search import index

from core.models.base import BodyMixin, ContentPage


class ArticleIndexPage(ContentPage):
    """The list of news, newest first."""

    template = "core/article_index_page.html"
    parent_page_types = ["core.HomePage"]
    subpage_types = ["core.ArticlePage"]
    max_count = 1
    page_description = _("Lists all articles, newest first.")
    schema_type = "CollectionPage"
    asks_for_feedback = False

    class Meta:
        verbose_name = _("article index")
        verbose_name_plural = _("article indexes")


class ArticlePage(BodyMixin, ContentPage):
    """A news article with date and author role."""

    date = models.DateField(
        _("date"),
        default=timezone.localdate,
        help_text=_("The date shown to readers; newest articles come first."),
    )
    author_role = models.CharField(
        _("author role"),
        max_length=120,
        blank=True,
        help_text=_(
            "The writer's role, for example communication adviser. Left empty, the service stands as author."
        ),
    )

    template = "core/article_page.html"
    parent_page_types = ["core.ArticleIndexPage"]
    subpage_types: list[str] = []
    page_description = _("News: something happened or was published.")
    schema_type = "NewsArticle"

    content_panels = [
        *ContentPage.content_panels,
        MultiFieldPanel([FieldPanel("date"), FieldPanel("author_role")], heading=_("Byline")),
        FieldPanel("body"),
    ]
    search_fields = [
        *ContentPage.search_fields,
        index.FilterField("date"),
    ]

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")

    def structured_data(self) -> dict:
        """What schema.org knows of an article beyond every page: the date that readers see."""
        return {"datePublished": self.date.isoformat()} if self.date else {}
