"""gunicorn's configuration: logs without the addresses that letters' links and pixels point at."""

from gunicorn.glogging import Logger

from core.log_filters import TOKEN_PATHS, BlankTokens


class QuietLogger(Logger):
    """Leaves requests for tracking and personal addresses out of the access log, and blanks them in the error log."""

    def setup(self, cfg):
        """Open the logs; gunicorn's own complaints may name a request's address."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.addFilter(BlankTokens())

    def access(self, resp, req, environ, request_time):
        """Write the line of a request, unless its address is one of those."""
        if not environ.get("PATH_INFO", "").startswith(TOKEN_PATHS):
            super().access(resp, req, environ, request_time)


logger_class = QuietLogger
