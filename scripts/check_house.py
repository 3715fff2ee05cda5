"""House rules that no other tool checks: short files, no machine's own addresses, no forgotten markers.

Usage: python scripts/check_house.py
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 400  # lines of a Python file; aim for 300
# A path of somebody's own machine, a conflict left behind, a debugger.
FORBIDDEN = re.compile(
    r"(/home/\w+/|/Users/\w+/|^<{7} |^>{7} |\bbreakpoint\(\)|\bpdb\.set_trace\()", re.MULTILINE
)
TEXT = {".py", ".html", ".css", ".js", ".mjs", ".md", ".toml", ".yml", ".txt", ".mjml", ".sh"}


def main() -> None:
    """Print every breach; a breach is a failure."""
    problems = [problem for path in _files() for problem in check(path)]
    if problems:
        sys.exit("\n".join(problems))


def check(path: Path) -> list[str]:
    """Return the breaches of one file."""
    text = path.read_text(encoding="utf-8", errors="replace")
    name, problems = path.as_posix(), []
    if ROOT in path.parents:
        name = path.relative_to(ROOT).as_posix()
    lines = text.count("\n")
    if path.suffix == ".py" and lines > LONGEST and "/migrations/" not in name:
        problems.append(f"{name}: {lines} lines; split it (at most {LONGEST})")
    if path.suffix in TEXT and (found := FORBIDDEN.search(text)) and path.name != "check_house.py":
        problems.append(f"{name}: holds {found.group().strip()!r}")
    return problems


def _files() -> list[Path]:
    """Return the files that are or would be in the repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:  # an unpacked archive has no repository
        skip = {".venv", "node_modules", "var", ".git"}
        return [
            path
            for path in ROOT.rglob("*")
            if path.is_file() and not skip & set(path.relative_to(ROOT).parts)
        ]
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


if __name__ == "__main__":
    main()
