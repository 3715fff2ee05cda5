"""The letters' speed: sending, memory, freezing an audience, and the addresses behind links and pixels.

Each figure stands beside its baseline of the same run. See docs/performance.md.
"""

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from bench.children import child
from bench.servers import ROOT, Server, free_port

SEND_GOALS = {"django": 2.5, "smtplib": 0.60}
MEMORY_GOAL = 1.1
FREEZE_GOAL = 10
FREEZE_RECEIVERS = 100_000
HIT_GOAL, HIT_P99_GOAL = 0.40, 3
CONNECTIONS = 10
ROUNDS = 4
SOURCES = 400


def measure(shared: dict[str, str], seconds: float, folder: Path, *, quick: bool) -> None:
    """Measure everything and print it; `quick` sends to 20,000 instead of 100,000 for the memory."""
    sink, port, name = _start_sink()
    print(f"\nmail server: {name}", flush=True)
    try:
        environment = {**shared, "EMAIL_URL": f"smtp://127.0.0.1:{port}"}
        _sending(environment, 1000 if quick else 3000)
        _memory(environment, 20_000 if quick else 100_000)
    finally:
        sink.terminate()
        sink.wait(10)
    _freezing(shared)
    _hits(shared, seconds, folder)


def _start_sink() -> tuple[subprocess.Popen, int, str]:
    """Start the mail server; return it with its port and its name."""
    port = free_port()
    program = shutil.which("smtp-sink")
    command = [sys.executable, "-m", "bench.letters_sink", str(port)]
    name = "the bench's own (install Debian's postfix for smtp-sink)"
    if program:
        # It does not run as root, as CI's machines often are.
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        command, name = [program, *user, f"127.0.0.1:{port}", "100"], "smtp-sink of postfix"
    process = subprocess.Popen(command, cwd=ROOT)
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline or process.poll() is not None:
                raise
            time.sleep(0.1)
        else:
            return process, port, name


def _sending(environment: dict[str, str], number: int) -> None:
    rates: dict[str, list[float]] = {"portal": [], "django": [], "smtplib": []}
    for _ in range(3):
        for way, found in rates.items():
            found.append(child(["bench.letters_send", way, str(number)], environment)["rate"])
    best = {way: max(found) for way, found in rates.items()}
    print(f"\n{f'sending {number} letters of 20 kB':34}{'letters/s':>11}{'portal':>9}{'goal':>7}")
    print(f"{'portal, outcomes recorded':34}{best['portal']:11.0f}")
    for way, name in (("django", "loop of EmailMultiAlternatives"), ("smtplib", "smtplib, a ready message")):
        ratio = best["portal"] / best[way]
        mark = "" if ratio >= SEND_GOALS[way] else "  below"
        print(f"{name:34}{best[way]:11.0f}{ratio:8.2f}×{SEND_GOALS[way]:6.2f}×{mark}", flush=True)


def _memory(environment: dict[str, str], number: int) -> None:
    few = child(["bench.letters_send", "portal", "1000"], environment)
    many = child(["bench.letters_send", "portal", str(number)], environment)
    ratio = many["memory"] / few["memory"]
    mark = "" if ratio <= MEMORY_GOAL else "  above"
    print(f"\n{'memory of the sending process':34}{'MB':>11}   goal: at most {MEMORY_GOAL} times")
    print(f"{'1000 receivers':34}{few['memory']:11.1f}")
    print(
        f"{f'{number} receivers':34}{many['memory']:11.1f}{ratio:8.2f}×{mark}   {many['rate']:.0f} letters/s",
        flush=True,
    )


def _freezing(shared: dict[str, str]) -> None:
    print(f"\n{'freezing an audience':34}{'seconds':>11}   goal: under {FREEZE_GOAL} s")
    for what, name in (("freeze", "subscribers"), ("freeze-narrowed", "and members, narrowed")):
        found = child(["bench.letters_data", what, str(FREEZE_RECEIVERS)], shared)
        mark = "" if found["seconds"] < FREEZE_GOAL else "  above"
        label = f"{found['receivers']} {name}"
        print(f"{label:34}{found['seconds']:11.1f}{mark}", flush=True)


def _hits(shared: dict[str, str], seconds: float, folder: Path) -> None:
    made = child(["bench.letters_data", "hits", "300"], shared)
    delivery = made.pop("id")
    portal = Server("tsb_portal.wsgi", {**shared, "TRUSTED_PROXIES": "1"}, folder / "hits.log")
    servers, asked = [portal], 1
    try:
        portal.wait("/healthz/live")
        with urllib.request.urlopen(f"http://127.0.0.1:{portal.port}{made['open'][0]}") as answer:
            answers = _answers(made, answer.read(), folder)
        bare = Server("bench.bare", {"BENCH_BODIES": str(answers)}, folder / "hits-bare.log")
        servers.append(bare)
        bare.wait(made["open"][0])
        head = f"{'hits/s':>11}{'bare view':>11}{'ratio':>8}{'p99 ms':>9}{'bare':>7}{'ratio':>7}"
        print(f"\n{f'hits, {CONNECTIONS} connections':34}{head}")
        for name, paths in made.items():
            asked += _hit_ratio(name, paths, portal, bare, seconds, folder)
    finally:
        for server in servers:
            server.stop()
    written = child(["bench.letters_data", "count", str(delivery)], shared)["hits"]
    print(
        f"{asked} hits asked, {written} written when the server had stopped{'' if asked == written else '  LOST'}"
    )
    print(f"goal: {HIT_GOAL:.0%} of the bare view's rate, p99 at most {HIT_P99_GOAL} times its", flush=True)


def _answers(made: dict[str, list[str]], pixel: bytes, folder: Path) -> Path:
    """Write down what the bare view answers: the same redirect and the same point as the portal."""
    (folder / "empty.body").write_bytes(b"")
    (folder / "pixel.body").write_bytes(pixel)
    redirect = {
        "status": 302,
        "headers": {"Location": "https://example.no/1"},
        "file": str(folder / "empty.body"),
    }
    picture = {"headers": {"Content-Type": "image/gif"}, "file": str(folder / "pixel.body")}
    index = {made["click"][0]: redirect} | dict.fromkeys(made["open"], picture)
    target = folder / "hits.json"
    target.write_text(json.dumps(index))
    return target


def _hit_ratio(
    name: str, paths: list[str], portal: Server, bare: Server, seconds: float, folder: Path
) -> int:
    rates: dict[int, list[float]] = {portal.port: [], bare.port: []}
    high: dict[int, list[float]] = {portal.port: [], bare.port: []}
    asked = 0
    listed = folder / "paths.json"
    listed.write_text(json.dumps(paths))
    for _ in range(ROUNDS):
        for port in rates:
            arguments = [str(port), str(seconds), str(CONNECTIONS), f"@{listed}", f"sources={SOURCES}"]
            result = child(["bench.load", *arguments], {})
            rates[port].append(result["rate"])
            high[port].append(statistics.quantiles(result["times"], n=100)[98] * 1000)
            asked += len(result["times"]) if port == portal.port else 0
    own, yardstick = max(rates[portal.port]), max(rates[bare.port])
    late, bare_late = statistics.median(high[portal.port]), statistics.median(high[bare.port])
    good = own / yardstick >= HIT_GOAL and late / bare_late <= HIT_P99_GOAL
    line = f"{name:34}{own:11.0f}{yardstick:11.0f}{own / yardstick:8.1%}{late:9.1f}{bare_late:7.1f}"
    print(f"{line}{late / bare_late:6.1f}×{'' if good else '  misses'}", flush=True)
    return asked
