"""Letters: series and subscriptions, pages, deliveries, tracking."""

from newsletters.models.bounces import HandledMail, SoftBounce, StrayMail
from newsletters.models.choices import FewerLetters, Interest, LeftAllLetters, PersonInterest, SavedAudience
from newsletters.models.delivery import Delivery, Recipient
from newsletters.models.merged import MergedReceiver, owner_of
from newsletters.models.notices import Notice
from newsletters.models.pages import LetterArchivePage, LetterPage
from newsletters.models.series import MeasuringConsent, Series, Subscription, SuppressedAddress, address_hash
from newsletters.models.signup import SignupRequest
from newsletters.models.tracking import (
    ClickCount,
    DeliveryLink,
    DeliveryStatistics,
    OpenCount,
    TrackingEvent,
)

__all__ = [
    "ClickCount",
    "Delivery",
    "DeliveryLink",
    "DeliveryStatistics",
    "FewerLetters",
    "HandledMail",
    "Interest",
    "LeftAllLetters",
    "LetterArchivePage",
    "LetterPage",
    "MeasuringConsent",
    "MergedReceiver",
    "Notice",
    "OpenCount",
    "PersonInterest",
    "Recipient",
    "SavedAudience",
    "Series",
    "SignupRequest",
    "SoftBounce",
    "StrayMail",
    "Subscription",
    "SuppressedAddress",
    "TrackingEvent",
    "address_hash",
    "owner_of",
]
