"""Parts of the bench run in processes of their own, so that none weighs on another's figures."""

import json
import os
import subprocess
import sys
from typing import Any

from bench.servers import ROOT


def child(arguments: list[str], extra: dict[str, str]) -> dict[str, Any]:
    """Run a module of the bench in a process of its own and return the JSON of its last line."""
    finished = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**os.environ, **extra},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(finished.stdout.strip().splitlines()[-1])
