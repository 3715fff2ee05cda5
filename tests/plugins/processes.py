"""How the tests are shared among several processes (`-n 2`): what shares something costly stays together.

The gates share a running portal, an outage stops servers, the toolchain installs. Each of those folders is one piece
of work for one process; of the other folders each file is one.
"""

from pathlib import PurePosixPath

import pytest
from xdist.scheduler import LoadScopeScheduling

TOGETHER = ("tests/gates", "tests/outage", "tests/toolchain")


def group(nodeid: str) -> str:
    """Return the piece of work a test belongs to: its folder where that stays together, otherwise its file."""
    file = PurePosixPath(nodeid.split("::", 1)[0])
    folder = file.parent.as_posix()
    return folder if folder in TOGETHER else file.as_posix()


class Scheduler(LoadScopeScheduling):
    """Hands out pieces of work, the one with most tests first."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Scheduler:
    """Use the scheduler above for every run in several processes."""
    return Scheduler(config, log)  # type: ignore[arg-type]
