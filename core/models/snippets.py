"""Content that pages share: staff roles, glossary terms, films."""

from django.core.exceptions import ValidationError
from django.core.validators import FileExtensionValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.search import index


class StaffRole(index.Indexed, models.Model):
    """A role in the service that readers can ask, e.g. "fagansvarlig for akuttjenester"."""

    title = models.CharField(
        _("role"), max_length=120, help_text=_("What the person answers for, as readers see it.")
    )
    name = models.CharField(
        _("name"),
        max_length=120,
        blank=True,
        help_text=_("Who holds the role now. Left empty, only the role is shown."),
    )
    email = models.EmailField(
        _("e-mail"),
        blank=True,
        help_text=_("Where questions go. Left empty, the service's common address is shown."),
    )
    phone = models.CharField(
        _("phone"),
        max_length=30,
        blank=True,
        help_text=_("Shown on the contact page. Left empty, no number is shown."),
    )
    picture = models.ForeignKey(
        "core.PortalImage",
        verbose_name=_("picture"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("A portrait. Left empty, initials are shown."),
    )
    topics = models.ManyToManyField(
        "core.TopicPage",
        verbose_name=_("topics"),
        blank=True,
        related_name="staff_roles",
        help_text=_(
            "Topic pages that name this role under people to ask. Left empty, it stands only on"
            " the contact page."
        ),
    )
    is_public = models.BooleanField(
        _("show on the contact page"),
        default=True,
        help_text=_("Turned off, the role is hidden from readers."),
    )
    sort_order = models.PositiveSmallIntegerField(
        _("order"), default=100, help_text=_("Lower numbers come first on the contact page.")
    )

    search_fields = [
        index.SearchField("title", boost=3),
        index.SearchField("name"),
        index.AutocompleteField("title"),
        index.FilterField("is_public"),
    ]

    class Meta:
        ordering = ["sort_order", "title"]
        verbose_name = _("staff role")
        verbose_name_plural = _("staff roles")

    def __str__(self) -> str:
        return self.title


class GlossaryTerm(index.Indexed, models.Model):
    """A term with its explanation; its synonyms widen every search."""

    term = models.CharField(
        _("term"), max_length=120, unique=True, help_text=_("The word or abbreviation, as people write it.")
    )
    long_form = models.CharField(
        _("in full"),
        max_length=200,
        blank=True,
        help_text=_("What an abbreviation stands for. Left empty for ordinary words."),
    )
    explanation = models.TextField(
        _("explanation"), max_length=600, help_text=_("One or two plain sentences.")
    )
    synonyms = models.CharField(
        _("synonyms"),
        max_length=300,
        blank=True,
        help_text=_(
            "Separated by commas. A search for one finds the others. Left empty, only the term "
            "itself is found."
        ),
    )

    search_fields = [
        index.SearchField("term", boost=4),
        index.SearchField("long_form", boost=2),
        index.SearchField("explanation"),
        index.SearchField("synonyms"),
        index.AutocompleteField("term"),
    ]

    class Meta:
        ordering = ["term"]
        verbose_name = _("glossary term")
        verbose_name_plural = _("glossary terms")

    def __str__(self) -> str:
        return self.term

    @property
    def all_forms(self) -> list[str]:
        """The term, its long form and its synonyms, none of them empty."""
        forms = [self.term, self.long_form, *self.synonyms.split(",")]
        return [form.strip() for form in forms if form.strip()]


class Film(index.Indexed, models.Model):
    """A film, on YouTube or Vimeo or as an own file, with captions as the law requires."""

    class Captions(models.TextChoices):
        NONE = "", _("Not confirmed")
        BURNED_IN = "burned_in", _("Burned into the picture")
        PLATFORM = "platform", _("Own caption track at the film service")
        FILE = "file", _("Caption file uploaded here")

    class AudioDescription(models.TextChoices):
        INTEGRATED = "integrated", _("Integrated in the speech")
        SEPARATE = "separate", _("A separate version exists")
        NOT_NEEDED = "not_needed", _("Not needed")

    title = models.CharField(_("title"), max_length=200, help_text=_("Shown with the film and in lists."))
    description = models.TextField(
        _("description"),
        blank=True,
        help_text=_("What the film shows, in one or two sentences. Left empty, only the title is shown."),
    )
    url = models.URLField(
        _("address at YouTube or Vimeo"),
        blank=True,
        help_text=_(
            "The film is fetched only after the reader's click. Left empty, a file must be uploaded."
        ),
    )
    file = models.FileField(
        _("film file"),
        upload_to="films/",
        blank=True,
        validators=[FileExtensionValidator(["mp4", "webm"])],
        help_text=_("MP4 or WebM. Left empty, the address above is used."),
    )
    poster = models.ForeignKey(
        "core.PortalImage",
        verbose_name=_("still picture"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Shown until the film starts. Left empty, a plain coloured surface is shown."),
    )
    seconds = models.PositiveIntegerField(
        _("length in seconds"), default=0, help_text=_("Shown as minutes. 0 shows no length.")
    )
    captions = models.CharField(
        _("captions"),
        max_length=12,
        choices=Captions,
        blank=True,
        help_text=_("How the film is captioned. A film without captions cannot be saved as public."),
    )
    caption_file = models.FileField(
        _("caption file"),
        upload_to="films/",
        blank=True,
        validators=[FileExtensionValidator(["vtt"])],
        help_text=_("WebVTT. Left empty, the captions must be burned in or come from the film service."),
    )
    audio_description = models.CharField(
        _("audio description"),
        max_length=12,
        choices=AudioDescription,
        default=AudioDescription.NOT_NEEDED,
        help_text=_("How those who cannot see the film learn what happens in it."),
    )
    audio_description_note = models.CharField(
        _("reason or address"),
        max_length=300,
        blank=True,
        help_text=_(
            "Why it is not needed, or where the separate version is. Left empty, the description must be"
            " integrated in the speech."
        ),
    )
    transcript = models.TextField(
        _("transcript"),
        blank=True,
        help_text=_("All that is said, as text. Left empty, no transcript is offered."),
    )
    was_live = models.DateField(
        _("recorded live on"),
        null=True,
        blank=True,
        help_text=_(
            "A live recording may wait 14 days for captions. Left empty, captions are needed at once."
        ),
    )
    topics = models.ManyToManyField(
        "core.TopicPage",
        verbose_name=_("topics"),
        blank=True,
        related_name="films",
        help_text=_("Topic pages that show the film. Left empty, it is shown only where a page uses it."),
    )

    search_fields = [
        index.SearchField("title", boost=3),
        index.SearchField("description"),
        index.SearchField("transcript"),
        index.AutocompleteField("title"),
    ]

    class Meta:
        ordering = ["title"]
        verbose_name = _("film")
        verbose_name_plural = _("films")

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """Hold the rules for films: a source, captions (14 days' grace when live), audio description explained."""
        from core.films import check_caption_file, film_embed_url, too_big

        errors = {}
        if not self.url and not self.file:
            errors["url"] = _("Give an address or upload a file.")
        if self.url and not film_embed_url(self.url):
            errors["url"] = _("The address is neither a YouTube nor a Vimeo film.")
        if self.file and (problem := too_big(self.file)):
            errors["file"] = problem
        if not self.captions and not self.was_live:
            errors["captions"] = _("A film needs captions: choose how it is captioned.")
        if self.captions == self.Captions.FILE and not self.caption_file:
            errors["caption_file"] = _("Upload the caption file.")
        if self.caption_file and (problem := check_caption_file(self.caption_file)):
            errors["caption_file"] = problem
        if self.audio_description != self.AudioDescription.INTEGRATED and not self.audio_description_note:
            errors["audio_description_note"] = _("Give the reason, or the address of the separate version.")
        if errors:
            raise ValidationError(errors)

    @property
    def minutes(self) -> int:
        """The length in whole minutes, at least 1 when a length is known."""
        return max(1, round(self.seconds / 60)) if self.seconds else 0
