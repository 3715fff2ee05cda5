"""Resolve the Python dependencies anew into lock files with hashes and without download addresses.

Usage: python scripts/lock.py [--upgrade]   (needs `pip install uv`)
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = [
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-header",
    "--quiet",
]


def main() -> None:
    """Write requirements/base.txt, then requirements/dev.txt with the same versions."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv is None:
        sys.exit("The lock files are written by uv: run `.venv/bin/pip install uv` first.")
    for name, extra in (("base", []), ("dev", ["-c", "requirements/base.txt"])):
        command = [uv, "pip", "compile", *OPTIONS, *extra, *sys.argv[1:]]
        command += [f"requirements/{name}.in", "-o", f"requirements/{name}.txt"]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            sys.exit(f"requirements/{name}.txt could not be resolved.")
    check_no_addresses()


def check_no_addresses() -> None:
    """A lock file must hold on any network: no index, link or file address may stand in it."""
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        if "://" in path.read_text() or "--index" in path.read_text():
            sys.exit(f"{path.relative_to(ROOT)} names an address; remove it.")


if __name__ == "__main__":
    main()
