"""Topics and the glossary."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel

from core.models.base import BodyMixin, ContentPage


class TopicIndexPage(ContentPage):
    """The list of topics."""

    template = "core/topic_index_page.html"
    parent_page_types = ["core.HomePage"]
    subpage_types = ["core.TopicPage"]
    max_count = 1
    page_description = _("Lists all topics.")
    schema_type = "CollectionPage"
    asks_for_feedback = False

    class Meta:
        verbose_name = _("topic index")
        verbose_name_plural = _("topic indexes")


class TopicPage(BodyMixin, ContentPage):
    """A topic: an introduction, and everything tagged with it gathered by kind."""

    template = "core/topic_page.html"
    parent_page_types = ["core.TopicIndexPage"]
    subpage_types: list[str] = []
    page_description = _("Introduces a topic and gathers everything tagged with it.")

    content_panels = [*ContentPage.content_panels, FieldPanel("body")]

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")


class GlossaryPage(ContentPage):
    """The glossary, A to Å; its entries are snippets."""

    template = "core/glossary_page.html"
    parent_page_types = ["core.HomePage"]
    subpage_types: list[str] = []
    max_count = 1
    page_description = _("Lists the terms and abbreviations with their explanations.")
    schema_type = "DefinedTermSet"

    class Meta:
        verbose_name = _("glossary")
        verbose_name_plural = _("glossaries")
