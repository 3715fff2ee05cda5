"""Settings of a portal whose hits wait so long that only its stopping can have written them."""

from tsb_portal.settings.test import *  # noqa: F403

LETTER_HITS_SECONDS = 600.0
