"""gunicorn's configuration: an access log without the addresses that letters' links and pixels point at."""

from gunicorn.glogging import Logger

# Links, pixels, and the pages whose address holds a person's token: the log must not tell who read what, and when.
UNLOGGED = (
    "/l/",
    "/o/",
    "/avmeld/",
    "/preferanser/",
    "/brev/bekreft/",
    "/arrangementer/avmelding/",
    "/konto/invitasjon/",
    "/konto/password/reset/key/",
    "/min-side/slett/",
)


class QuietLogger(Logger):
    """Leaves requests for tracking and personal addresses out of the access log; errors are logged as ever."""

    def access(self, resp, req, environ, request_time):
        """Write the line of a request, unless its address is one of those."""
        if not environ.get("PATH_INFO", "").startswith(UNLOGGED):
            super().access(resp, req, environ, request_time)


logger_class = QuietLogger
