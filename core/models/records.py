"""What the portal counts and collects: feedback, views, downloads, broken links. Nothing about who."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def _score(label) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(
        label, null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )


class FeedbackResponse(models.Model):
    """One reader's answer about a page: useful or not, the four-question content test (1–10), a comment."""

    page = models.ForeignKey(
        "wagtailcore.Page", on_delete=models.CASCADE, related_name="feedback", verbose_name=_("page")
    )
    received_on = models.DateField(_("received"), default=timezone.localdate, db_index=True)
    # The form's random number: the same form sent twice is one answer.
    form_id = models.CharField(max_length=32, unique=True)
    was_useful = models.BooleanField(_("useful"), null=True, blank=True)
    relevance = _score(_("relevance"))
    accessibility = _score(_("easy to understand"))
    structure = _score(_("easy to find the main points"))
    action = _score(_("points to possible actions"))
    comment = models.TextField(_("comment"), max_length=1000, blank=True)
    is_handled = models.BooleanField(_("handled"), default=False)

    class Meta:
        ordering = ["-received_on", "-pk"]
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")

    def __str__(self) -> str:
        return f"{self.page_id} {self.received_on}"


class PageViewCount(models.Model):
    """Views of a page on one day, robots left out."""

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="view_counts")
    date = models.DateField()
    views = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["page", "date"], name="one_view_count_per_page_and_day")
        ]

    def __str__(self) -> str:
        return f"{self.page_id} {self.date}: {self.views}"


class DocumentDownloadCount(models.Model):
    """Downloads of a document on one day, robots left out."""

    document = models.ForeignKey(
        "core.PortalDocument", on_delete=models.CASCADE, related_name="download_counts"
    )
    date = models.DateField()
    downloads = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["document", "date"], name="one_download_count_per_document_and_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.document_id} {self.date}: {self.downloads}"


class BrokenLink(models.Model):
    """A link in a published page that did not answer when last checked."""

    page = models.ForeignKey(
        "wagtailcore.Page", on_delete=models.CASCADE, related_name="broken_links", verbose_name=_("page")
    )
    url = models.CharField(_("address"), max_length=1000)
    problem = models.CharField(_("problem"), max_length=200)
    first_seen = models.DateTimeField(_("first seen"), default=timezone.now)
    last_checked = models.DateTimeField(_("last checked"), default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["page", "url"], name="one_row_per_page_and_broken_link")
        ]
        ordering = ["-last_checked", "page_id"]
        verbose_name = _("broken link")
        verbose_name_plural = _("broken links")

    def __str__(self) -> str:
        return self.url
