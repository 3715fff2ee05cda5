"""Tests that need Redis or a browser are skipped loudly, or fail under REQUIRE_ALL=1."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLE = """
import pytest

@pytest.mark.redis
def test_needs_redis():
    pass

@pytest.mark.browser
def test_needs_a_browser():
    pass

def test_needs_nothing():
    pass
"""


@pytest.fixture
def run(tmp_path):
    """Run the sample tests in a process of their own with some of the environment changed."""
    (tmp_path / "test_sample.py").write_text(SAMPLE)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")

    def run(**environment):
        clean = {name: text for name, text in os.environ.items() if name not in ("REDIS_URL", "REQUIRE_ALL")}
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "tests.plugins.requirements",
            "-p",
            "no:django",
            str(tmp_path),
        ]
        environment = {**clean, "PYTHONPATH": str(ROOT), "CHROMIUM": "/nowhere", **environment}
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    return run


def test_what_is_missing_is_skipped_and_said_at_the_end(run):
    finished = run()
    assert finished.returncode == 0
    assert "1 passed, 2 skipped" in finished.stdout
    assert "NOT TESTED: 1 tests of redis" in finished.stdout
    assert "REDIS_URL is not set" in finished.stdout
    assert "NOT TESTED: 1 tests of browser" in finished.stdout


def test_a_skip_is_a_failure_where_everything_is_required(run):
    finished = run(REQUIRE_ALL="1")
    assert finished.returncode == 1
    assert "1 passed, 2 errors" in finished.stdout or "2 failed, 1 passed" in finished.stdout


def test_a_redis_that_does_not_answer_counts_as_missing(run):
    finished = run(REDIS_URL="redis://127.0.0.1:1/0")
    assert "nothing answers at REDIS_URL" in finished.stdout


def test_a_browser_that_is_named_is_used(run):
    finished = run(CHROMIUM=sys.executable)
    assert "NOT TESTED: 1 tests of browser" not in finished.stdout
