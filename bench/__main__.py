"""Measure the portal's speed and print a table of ratios.

Usage: python -m bench [--pages 5000] [--seconds 2] [--only pages|letters] [--quick]

Needs Redis (REDIS_URL) and PostgreSQL (DATABASE_URL, or the embedded one); works in a database of its own,
`<name>_bench`, which stays so that the next run is quick. Nothing here fails because of a figure: machines differ.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import urllib.request
from pathlib import Path
from urllib.parse import quote

from bench import letters, load
from bench.children import child
from bench.prepare import environment
from bench.servers import Server

ROUNDS = 6
CONNECTIONS = 8
GOALS = {"cached": 0.50, "built": 0.04}
QUERY_GOAL = 15
SEARCH_GOAL = 0.080
IMPORT_GOAL = 30
BYTES_GOAL = (120_000, 300_000)
SEARCHES = (
    "rusbehandling", "lar", "drop-out", "pårørende", "nettverk for ledere", "tilbakemelding", "avrusning poliklinikk",
    "eldre", "pakkeforløp utredning", "søvn", "barn familie", "rus", "individuell plan", "kvalitet evaluering",
)  # fmt: skip


def main() -> None:
    """Prepare, measure, print."""
    parser = argparse.ArgumentParser(description="Measure the portal's speed against a bare Django view.")
    parser.add_argument("--pages", type=int, default=5000, help="generated pages to search in")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one measurement")
    parser.add_argument("--only", choices=["pages", "letters"], help="measure only a part")
    parser.add_argument("--quick", action="store_true", help="letters: fewer receivers where it takes long")
    options = parser.parse_args()
    shared = environment()
    print(f"Preparing a database with {options.pages} generated pages …", flush=True)
    paths = child(["bench.content", str(options.pages)], shared)
    with tempfile.TemporaryDirectory() as folder:
        if options.only != "letters":
            _measure(paths, shared, options.seconds, Path(folder))
        if options.only != "pages":
            letters.measure(shared, options.seconds, Path(folder), quick=options.quick)


def _measure(paths: dict[str, str], shared: dict[str, str], seconds: float, folder: Path) -> None:
    servers = []
    try:
        cached = Server("tsb_portal.wsgi", shared, folder / "cached.log")
        built = Server("tsb_portal.wsgi", {**shared, "PAGE_CACHE_SECONDS": "0"}, folder / "built.log")
        servers = [cached, built]
        for server in servers:
            server.wait("/")
        for kind, server in (("cached", cached), ("built", built)):
            bodies = _bodies(server, paths, folder / kind)
            bare = Server("bench.bare", {"BENCH_BODIES": str(bodies)}, folder / f"{kind}-bare.log")
            servers.append(bare)
            bare.wait("/" if "/" in paths.values() else next(iter(paths.values())))
            _ratios(kind, server, bare, paths, seconds)
        _queries(shared)
        _search(built)
        _first_load(cached)
        _imports(shared)
    finally:
        for server in servers:
            server.stop()


def _bodies(server: Server, paths: dict[str, str], folder: Path) -> Path:
    """Keep what the server answers, byte for byte, for the bare view to return."""
    folder.mkdir()
    index = {}
    for number, path in enumerate(paths.values()):
        headers = {"Accept-Encoding": "gzip", "User-Agent": load.BROWSER, "Host": "localhost"}
        request = urllib.request.Request(f"http://127.0.0.1:{server.port}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=60) as response:
            body = response.read()
            kept = {
                name: response.headers[name]
                for name in ("Content-Type", "Content-Encoding")
                if name in response.headers
            }
        file = folder / f"{number}.body"
        file.write_bytes(body)
        index[path] = {"headers": kept, "file": str(file)}
    target = folder / "index.json"
    target.write_text(json.dumps(index))
    return target


def _ratios(kind: str, server: Server, bare: Server, paths: dict[str, str], seconds: float) -> None:
    print(
        f"\n{'page, ' + kind:28}{'requests/s':>12}{'bare view':>12}{'ratio':>9}{'goal':>7}{'median ms':>11}"
    )
    for name, path in paths.items():
        rates: dict[int, list[float]] = {server.port: [], bare.port: []}
        times: list[float] = []
        # By turns, so that whatever else the machine does meets both alike. The best round counts: in some all
        # connections meet at one of the two workers, and everything is twice as slow.
        for _ in range(ROUNDS):
            for port in rates:
                result = child(["bench.load", str(port), str(seconds), str(CONNECTIONS), path], {})
                rates[port].append(result["rate"])
                if port == server.port:
                    times += result["times"]
        own, yardstick = max(rates[server.port]), max(rates[bare.port])
        goal = GOALS[kind]
        mark = "" if own / yardstick >= goal else "  below"
        line = f"{name:28}{own:12.0f}{yardstick:12.0f}{own / yardstick:9.1%}{goal:7.0%}"
        print(f"{line}{statistics.median(times) * 1000:11.1f}{mark}", flush=True)


def _queries(shared: dict[str, str]) -> None:
    counts = child(["bench.queries"], {**shared, "PAGE_CACHE_SECONDS": "0"})
    print(f"\n{'page type':28}{'queries':>12}   goal: at most {QUERY_GOAL}")
    for name, (count, path) in sorted(counts.items(), key=lambda item: -item[1][0]):
        print(f"{name:28}{count:12}   {path}{'  above' if count > QUERY_GOAL else ''}")


def _search(server: Server) -> None:
    paths = [f"/sok/?q={quote(words)}" for words in SEARCHES]
    child(["bench.load", str(server.port), "2", "1", *paths], {})
    times = sorted(child(["bench.load", str(server.port), "10", "1", *paths], {})["times"])
    high = times[int(len(times) * 0.95)]
    mark = "" if high < SEARCH_GOAL else "  above"
    print(f"\n{'search':28}{'median ms':>12}{'p95 ms':>12}   goal: p95 under {SEARCH_GOAL * 1000:.0f} ms")
    print(f"{f'{len(times)} searches':28}{statistics.median(times) * 1000:12.1f}{high * 1000:12.1f}{mark}")


def _first_load(server: Server) -> None:
    print(
        f"\n{'front page, first load':28}{'kB':>12}{'without pict.':>15}{'requests':>10}{'layout shift':>14}"
    )
    try:
        result = child(["bench.browser", f"{server.address}/"], {})
    except subprocess.CalledProcessError:
        print("not measured: no browser")
        return
    for width, figures in result.items():
        without = figures["bytes"] - figures["picture_bytes"]
        good = without <= BYTES_GOAL[0] and figures["bytes"] <= BYTES_GOAL[1] and not figures["shift"]
        line = f"{width + ' px wide':28}{figures['bytes'] / 1000:12.0f}{without / 1000:15.0f}{figures['requests']:10}"
        print(f"{line}{figures['shift']:14}{'' if good else '  misses the goal'}")
    print(
        f"goal: {BYTES_GOAL[0] / 1000:.0f} kB without pictures, {BYTES_GOAL[1] / 1000:.0f} kB with them, no shift"
    )


def _imports(shared: dict[str, str]) -> None:
    result = child(["bench.imports"], shared)
    seconds = result["read_seconds"] + result["write_seconds"]
    rate, bare = result["rows"] / seconds, result["rows"] / result["bare_seconds"]
    print(
        f"\n{'import of people':28}{'rows/s':>12}{'bulk_create':>12}{'ratio':>9}{'seconds':>9}{'peak MB':>9}"
    )
    mark = "" if seconds < IMPORT_GOAL else "  above"
    line = f"{str(result['rows']) + ' rows, workbook':28}{rate:12.0f}{bare:12.0f}{rate / bare:9.1%}{seconds:9.1f}"
    print(f"{line}{result['peak_mb']:9}{mark}   goal: under {IMPORT_GOAL} s, read, judged and written")


if __name__ == "__main__":
    main()
