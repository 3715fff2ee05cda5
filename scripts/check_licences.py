"""Check that every locked dependency may be used with this project's licence (docs/decisions/0002-licence.md).

Usage: python scripts/check_licences.py
"""

import importlib.metadata
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Licences that ask no more of us than naming the authors, or that reach no further than their own files (MPL, LGPL).
FITS = re.compile(
    r"\b(MIT(-0|-CMU)?|BSD(-\d-Clause(-Views)?)?|0BSD|Apache(-2\.0)?|ISC|PSF(-2\.0|L)?|Python Software Foundation|"
    r"MPL-2\.0|Mozilla Public License 2\.0|LGPL(-3\.0-only|v2\+)?|GNU Lesser General Public License|BlueOak-1\.0\.0|"
    r"OFL-1\.1|Zlib|Unlicense|CC0-1\.0)",
)
# Names whose metadata say too little, or which are only tools for developers and never part of what is installed.
KNOWN = {
    "axe-playwright-python": "MIT, says its licence file",
    "mrml": "MIT, says its repository; the wheel carries no field",
    "djhtml": "GPL; a program developers run, no part of the portal",
    "text-unidecode": "Artistic or GPL; comes with pytest-playwright, only used for testing",
}
ONLY_FOR_DEVELOPERS = {"djhtml", "text-unidecode"}


def main() -> None:
    """Print every dependency whose licence does not fit or is not known."""
    problems = python_problems() + npm_problems()
    if problems:
        sys.exit("\n".join(problems))


def python_problems() -> list[str]:
    """Check the locked Python packages that are installed here; others are for other systems."""
    run_time = _locked("base")
    problems = [
        f"{name}: only for developers, yet in requirements/base.txt"
        for name in ONLY_FOR_DEVELOPERS & run_time
    ]
    for name in sorted(run_time | _locked("dev")):
        try:
            found = licence_of(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        if name not in KNOWN and not FITS.search(found):
            problems.append(f"{name}: licence {found!r} is not known to fit")
    return problems


def npm_problems() -> list[str]:
    """Check the locked npm packages by what the lock file says of them."""
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    return [
        f"{path.removeprefix('node_modules/')} (npm): licence {entry.get('license')!r} is not known to fit"
        for path, entry in packages.items()
        if path and not FITS.search(str(entry.get("license", "")))
    ]


def licence_of(name: str) -> str:
    """Return what a package's metadata say of its licence."""
    metadata = importlib.metadata.metadata(name)
    classifiers = [text for text in metadata.get_all("Classifier", []) if text.startswith("License")]
    words = [metadata.get("License-Expression"), *classifiers, (metadata.get("License") or "")[:200]]
    return " ".join(word for word in words if word)


def _locked(name: str) -> set[str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return set(re.findall(r"^([a-z0-9][\w.-]*)==", text, re.MULTILINE))


if __name__ == "__main__":
    main()
