"""Settings of the demo and of a developer's machine."""

from tsb_portal.settings.base import *  # noqa: F403
from tsb_portal.settings.environment import env, read_bool, read_smtp

DEBUG = read_bool("DEBUG", False)
DEMO = True
SECRET_KEY = env.str("SECRET_KEY", default="") or "only-for-the-demo-on-this-machine-not-for-a-real-service"
ALLOWED_HOSTS = ["*"]
if not env.str("EMAIL_URL", default=""):
    globals().update(read_smtp("EMAIL_URL", "smtp://127.0.0.1:8025"))
# The demo's editors log in with a password alone so that anyone can try them; docs/settings.md says how to turn it on.
MFA_REQUIRED = read_bool("MFA_REQUIRED", False)
