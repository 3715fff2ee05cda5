"""Signals by which core tells the apps on its right."""

from django.dispatch import Signal

# Sent by core.setup.set_up_site with `home`: each app adds its own index page.
site_is_set_up = Signal()

# Sent after it with `site`, when every app's index page stands: rights are given on those pages.
site_pages_stand = Signal()

# Sent with the dict `details` when an operator asks how the portal does: each app adds what should be seen in time.
# Nothing in it makes the portal unready.
readiness_is_told = Signal()
