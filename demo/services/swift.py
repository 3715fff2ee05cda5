"""Run a module as `python -m` does, and leave at once when it has ended.

Usage: python -m demo.services.swift MODULE [ARGUMENT …]

Python takes itself down piece by piece; with Django and Wagtail loaded, that takes seconds in each process, and whoever
pressed Ctrl-C waits for it. What others have asked to be done at the end is done first. A forked child leaves so too.
"""

import atexit
import os
import runpy
import sys


class Leaving:
    """Ends the process with the code it was about to end with."""

    code = 0

    def __call__(self) -> None:
        """Let go at once; nothing runs after this."""
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(self.code)


def main() -> None:
    """Run the module named first with the arguments after it."""
    leaving = Leaving()
    # What is registered first runs last.
    atexit.register(leaving)
    sys.argv = sys.argv[1:]
    try:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    except SystemExit as error:
        leaving.code = error.code if isinstance(error.code, int) else int(error.code is not None)
        raise
    except BaseException:
        leaving.code = 1
        raise


if __name__ == "__main__":
    main()
