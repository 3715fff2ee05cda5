"""`make demo-reset`: throw away the demo's database, media, mail and queue.

Usage: python -m demo.services.reset
"""

import fcntl
import os
import shutil
import sys

from demo.services import places


def main() -> None:
    """Remove everything under var/, unless the demo runs or uses a database of somebody else's."""
    if os.environ.get("DATABASE_URL"):
        sys.exit(
            "DATABASE_URL is set. make demo-reset empties only the embedded database; empty that one yourself or unset "
            "the variable."
        )
    var = places.var()
    if not var.exists():
        return
    with (var / "demo.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            sys.exit("The demo is running; stop it first (Ctrl-C where it runs).")
        from tsb_portal import embedded

        embedded.stop(var)
        for path in var.iterdir():
            if path.name not in ("demo.lock", "pg.lock", "pg.users"):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    print("The demo's data is gone.")


if __name__ == "__main__":
    main()
