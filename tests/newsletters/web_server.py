"""A real web server in a thread that answers by path, and notes what it was asked."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class WebServer:
    """`answers`: status by path, with where it leads on for a redirect; else 200; `head_answers`: of HEAD only."""

    def __init__(self) -> None:
        self.answers: dict[str, int | tuple[int, str]] = {}
        self.head_answers: dict[str, int] = {}
        self.asked: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.address = ""
        self.let_go = threading.Event()


@contextmanager
def running_web_server(
    host: str = "127.0.0.1", port: int = 0, *, context: ssl.SSLContext | None = None
) -> Iterator[WebServer]:
    """Serve on a free port of this machine until the block ends.

    `/slow` waits until then, `/dripping` sends a line of its headers now and then, `/endless` a page without an end.
    """
    web = WebServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            web.asked.append((self.command, self.path))
            if self.path == "/slow":
                web.let_go.wait(20)
            web.headers.append(dict(self.headers))
            if self.path == "/dripping" or (self.path == "/endless" and self.command == "GET"):
                self._go_on(b"X-More: x\r\n" if self.path == "/dripping" else b"x" * 65536)
                return
            status = web.answers.get(self.path, 200)
            if self.command == "HEAD":
                status = web.head_answers.get(self.path, status)
            self.send_response(status if isinstance(status, int) else status[0])
            if not isinstance(status, int):
                self.send_header("Location", status[1])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _go_on(self, piece):
            self.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"" if piece.startswith(b"X-") else b"\r\n"))
            with suppress(OSError):
                while not web.let_go.wait(0.05 if piece.startswith(b"X-") else 0):
                    self.wfile.write(piece)

        do_HEAD = do_GET

        def log_message(self, *args):
            """Say nothing."""

    with ThreadingHTTPServer((host, port), Handler) as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        web.address = f"{'https' if context else 'http'}://{host}:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield web
        web.let_go.set()
        server.shutdown()
