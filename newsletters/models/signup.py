"""Sign-ups that wait for the owner of the address to confirm."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletters.models.posting import SystemPosting
from newsletters.models.series import Series


class SignupRequest(SystemPosting):
    """What somebody asked for on the sign-up page. Nobody enters the register before the address is confirmed.

    Erased a week after it came, confirmed or not; until then a link pressed twice finds what it did the first time. The
    row waits for two mails one after the other: the confirmation, then the welcome.
    """

    email = models.EmailField(_("e-mail"))
    first_name = models.CharField(_("first name"), max_length=80, blank=True)
    last_name = models.CharField(_("last name"), max_length=80, blank=True)
    language = models.CharField(_("language"), max_length=2, default="nb")
    series = models.ManyToManyField(Series, related_name="signup_requests", verbose_name=_("letter series"))
    wording = models.TextField(_("wording shown"))
    # The text beside the ticked box; empty when it was not ticked.
    measuring_wording = models.TextField(_("wording of the consent to measuring"), blank=True)
    requested_at = models.DateTimeField(_("requested"), default=timezone.now, db_index=True)
    # Set once the mail is handed to the mail server. Waiting ones are found by query.
    mailed_at = models.DateTimeField(_("mailed"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    welcomed_at = models.DateTimeField(_("welcome mailed"), null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["requested_at"],
                condition=models.Q(mailed_at__isnull=True),
                name="signup_request_to_mail",
            )
        ]
        verbose_name = _("sign-up awaiting confirmation")
        verbose_name_plural = _("sign-ups awaiting confirmation")

    def __str__(self) -> str:
        return self.email
