"""With several processes, tests that share something costly run in one of them."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TEST = """
import os
from pathlib import Path

def test_one():
    with (Path(__file__).parent / "processes").open("a") as seen:
        seen.write(os.environ["PYTEST_XDIST_WORKER"] + "\\n")
"""
FILES = 6


def run_in_two_processes(folder: Path) -> set[str]:
    """Run several small test files of a folder and return the processes that took part."""
    folder.mkdir(parents=True)
    root = folder.parent.parent
    (root / "pytest.ini").write_text("[pytest]\n")
    for number in range(FILES):
        (folder / f"test_sample_{number}.py").write_text(TEST.replace("test_one", f"test_{number}"))
    environment = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")}
    command = [
        *(sys.executable, "-m", "pytest", "-p", "tests.plugins.processes", "-p", "no:django", "-q"),
        *("-n", "2", "--import-mode=importlib", "--rootdir", str(root), str(folder)),
    ]
    finished = subprocess.run(
        command,
        cwd=root,
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    seen = (folder / "processes").read_text().split()
    assert len(seen) == FILES
    return set(seen)


def test_a_folder_that_shares_a_portal_stays_in_one_process(tmp_path):
    assert len(run_in_two_processes(tmp_path / "tests" / "gates")) == 1


def test_the_files_of_another_folder_are_shared_out(tmp_path):
    assert len(run_in_two_processes(tmp_path / "tests" / "other")) == 2
