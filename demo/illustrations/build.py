"""Builds the demo's pictures from their SVG sources: `python demo/illustrations/build.py [name …]`.

Each `<name>.svg` of index.toml becomes `<name>.webp` at 1600×1000, and `og-default.svg` becomes a JPEG at
1200×630. Needs a Chromium-family browser (its path in the environment as CHROMIUM, or on PATH).
Exits with an error when a picture grows beyond LIMIT.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from PIL import Image

HERE = Path(__file__).resolve().parent
LIMIT = 110_000  # bytes; the pictures are carried in the repository and loaded on phones
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


def browser() -> str:
    """Path of the browser that draws the SVG; raises SystemExit when none is found."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        raise SystemExit("No Chromium found: set CHROMIUM to its path.")
    return found


def draw(source: Path, width: int, height: int) -> Image.Image:
    """The SVG as pixels, drawn by the browser so that gradients and clips come out as on the web."""
    with tempfile.TemporaryDirectory() as folder:
        page, shot = Path(folder) / "page.html", Path(folder) / "shot.png"
        style = f"html,body{{margin:0;overflow:hidden}}img{{display:block;width:{width}px;height:{height}px}}"
        page.write_text(f'<!doctype html><style>{style}</style><img src="{source.as_uri()}">')
        size = [f"--window-size={width},{height}", "--hide-scrollbars", f"--user-data-dir={folder}/profile"]
        command = [browser(), *FLAGS, *size, f"--screenshot={shot}", page.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return Image.open(shot).convert("RGB")


def build(source: Path, target: Path, width: int, height: int) -> int:
    """Draws one picture and returns its size in bytes; raises SystemExit when it is above LIMIT."""
    picture = draw(source, width, height)
    if target.suffix == ".webp":
        picture.save(target, "WEBP", quality=86, method=6, use_sharp_yuv=True)
    else:
        picture.save(target, "JPEG", quality=88, optimize=True, progressive=True, subsampling=0)
    size = target.stat().st_size
    if size > LIMIT:
        raise SystemExit(f"{target.name} is {size} bytes, above {LIMIT}.")
    return size


def main(names: list[str]) -> None:
    """Builds the named pictures, or all of them and the sharing picture."""
    index = tomllib.loads((HERE / "index.toml").read_text(encoding="utf-8"))
    width, height = index["defaults"]["width"], index["defaults"]["height"]
    for name in names or index["pictures"]:
        size = build(HERE / f"{name}.svg", HERE / index["pictures"][name]["file"], width, height)
        print(f"{name}: {size} bytes")
    if not names:
        sharing = HERE / index["brand"]["sharing"]
        print(f"{sharing.name}: {build(sharing.with_suffix('.svg'), sharing, 1200, 630)} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
