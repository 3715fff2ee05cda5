"""Run every check of `make lint` and say at the end which failed.

Usage: python scripts/lint.py [NAME …]   (without names: all)
"""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
BIN = Path(PYTHON).parent
CHECKS = {
    "style": [PYTHON, "-m", "ruff", "check", "--quiet", "."],
    "format": [PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."],
    "templates": [PYTHON, "-m", "djhtml", "--check", "templates"],
    "house": [PYTHON, "scripts/check_house.py"],
    "licences": [PYTHON, "scripts/check_licences.py"],
    "layers": [str(BIN / "lint-imports"), "--no-cache"],
    "types": [PYTHON, "-m", "mypy", "--no-error-summary"],
    "django": [
        PYTHON,
        "manage.py",
        "check",
        "--fail-level",
        "WARNING",
        "--settings=tsb_portal.settings.test",
    ],
    "migrations": [
        PYTHON,
        "manage.py",
        "makemigrations",
        "--check",
        "--dry-run",
        "--settings=tsb_portal.settings.test",
    ],
}


def main() -> None:
    """Run the checks in order, all of them even when one fails."""
    failed = []
    for name in sys.argv[1:] or CHECKS:
        started = time.monotonic()
        finished = subprocess.run(
            CHECKS[name], cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
        )
        print(
            f"{'ok    ' if finished.returncode == 0 else 'FAILED'} {name} ({time.monotonic() - started:.1f} s)",
            flush=True,
        )
        if finished.returncode:
            failed.append(name)
            print(finished.stdout + finished.stderr, flush=True)
    if failed:
        sys.exit(f"make lint: failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
