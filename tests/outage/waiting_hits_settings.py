"""Settings of a portal of a test's own: hits wait as long as the test says, by itself so long that only its stopping
can have written them."""

import os

from tsb_portal.settings.test import *  # noqa: F403

LETTER_HITS_SECONDS = float(os.environ.get("TEST_HITS_SECONDS", "600"))
