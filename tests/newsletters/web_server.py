"""A real web server in a thread that answers by path, and notes what it was asked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class WebServer:
    """`answers`: status by path, with where it leads on for a redirect; anything else is 200."""

    def __init__(self) -> None:
        self.answers: dict[str, int | tuple[int, str]] = {}
        self.asked: list[tuple[str, str]] = []
        self.address = ""
        self.let_go = threading.Event()


@contextmanager
def running_web_server() -> Iterator[WebServer]:
    """Serve on a free port of this machine until the block ends; `/slow` waits until then."""
    web = WebServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            web.asked.append((self.command, self.path))
            if self.path == "/slow":
                web.let_go.wait(20)
            status = web.answers.get(self.path, 200)
            self.send_response(status if isinstance(status, int) else status[0])
            if not isinstance(status, int):
                self.send_header("Location", status[1])
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_GET

        def log_message(self, *args):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        web.address = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield web
        web.let_go.set()
        server.shutdown()
