"""The demo's texts: TOML files under demo/content, one per page."""

import tomllib
from pathlib import Path
from typing import Any

CONTENT = Path(__file__).resolve().parent.parent / "content"


def read(name: str) -> dict[str, Any]:
    """Read one file, named from demo/content, e.g. "home.toml"."""
    return tomllib.loads((CONTENT / name).read_text(encoding="utf-8"))


def read_folder(name: str) -> list[dict[str, Any]]:
    """Read every file of a folder in the order of the file names."""
    return [
        tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted((CONTENT / name).glob("*.toml"))
    ]


def subfolders(name: str) -> list[str]:
    """The folders in a folder, as names for `read_folder`."""
    return [f"{name}/{path.name}" for path in sorted((CONTENT / name).iterdir()) if path.is_dir()]
