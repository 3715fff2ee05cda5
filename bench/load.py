"""A small load generator: raw HTTP/1.1 over kept-open connections, so that measuring costs little beside serving.

Usage: python -m bench.load PORT SECONDS CONNECTIONS PATH [PATH …]   prints {"rate": …, "times": […]} as JSON
       python -m bench.load PORT SECONDS CONNECTIONS @FILE sources=N  paths from a JSON list, asked from N addresses
"""

import asyncio
import json
import math
import sys
import time
from pathlib import Path

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def request_bytes(path: str, source: int = 0) -> bytes:
    """Return the request a browser without cookies sends; a `source` is told as a proxy does."""
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", f"User-Agent: {BROWSER}", "Accept: text/html"]
    if source:
        lines.append(f"X-Forwarded-For: 10.0.{source // 250}.{source % 250 + 1}")
    return "\r\n".join([*lines, "Accept-Encoding: gzip", "Connection: keep-alive", "", ""]).encode()


async def fetch(port: int, requests: list[bytes], deadline: float, times: list[float]) -> None:
    """Send requests one after the other until the deadline; note how long each took (seconds)."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    number = 0
    while (started := time.perf_counter()) < deadline:
        writer.write(requests[number % len(requests)])
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith((b"http/1.1 200", b"http/1.1 302")):
            raise RuntimeError(f"unexpected answer: {head[:60]!r}")
        await read_body(reader, head)
        times.append(time.perf_counter() - started)
        number += 1
        if b"connection: close" in head:
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    writer.close()


async def read_body(reader: asyncio.StreamReader, head: bytes) -> None:
    """Read an answer's body to its end, whether its length is told or it comes in chunks."""
    if b"content-length:" in head:
        await reader.readexactly(int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]))
        return
    while size := int(await reader.readline(), 16):
        await reader.readexactly(size + 2)
    await reader.readexactly(2)


async def measure(port: int, seconds: float, connections: int, requests: list[bytes]) -> dict:
    """Run the load and return requests a second and every time taken."""
    times: list[float] = []
    started = time.perf_counter()
    clients = (fetch(port, requests, started + seconds, times) for _ in range(connections))
    await asyncio.gather(*clients)
    return {"rate": len(times) / (time.perf_counter() - started), "times": times}


if __name__ == "__main__":
    wanted = [request_bytes(path) for path in sys.argv[4:]]
    if sys.argv[4].startswith("@"):
        listed = json.loads(Path(sys.argv[4][1:]).read_text())
        sources = int(sys.argv[5].removeprefix("sources="))
        wanted = [
            request_bytes(listed[n % len(listed)], n % sources + 1)
            for n in range(math.lcm(len(listed), sources))
        ]
    result = asyncio.run(measure(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), wanted))
    print(json.dumps(result))
