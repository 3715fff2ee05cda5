"""Make the checkout ready to run: virtual environment, locked packages, front end, message catalogues.

Usage: python scripts/install.py [--dev]

Written for any Python that may be called `python3`, so that an old one gets a sentence instead of a syntax error. Each
step leaves a stamp with the hash of what it depends on, and is skipped while that stays the same.
"""

import hashlib
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")


def main():
    """Run the steps that are due."""
    if sys.version_info < (3, 11):
        sys.exit(
            "Python 3.11 or newer is needed; this is %s. Set PYTHON=/path/to/python." % sys.version.split()[0]
        )
    os.chdir(ROOT)
    create_environment()
    install_packages("dev" if "--dev" in sys.argv[1:] else "base")
    for script in ("build_frontend.py", "compilemessages.py"):
        run([PYTHON, os.path.join("scripts", script)], "scripts/" + script)


def create_environment():
    """Create .venv, or say which system package is missing."""
    if (
        os.path.exists(PYTHON)
        and subprocess.call([PYTHON, "-c", "import pip"], stderr=subprocess.DEVNULL) == 0
    ):
        return
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        sys.exit(
            "This Python cannot create virtual environments. On Debian and Ubuntu, install the package python3-venv "
            "(apt install python3-venv) and run the command again."
        )
    print("Creating the virtual environment .venv …", flush=True)
    run([sys.executable, "-m", "venv", "--clear", VENV], "creating .venv")


def install_packages(name):
    """Install the locked packages; `dev` holds `base` and the tools for testing."""
    lock = os.path.join("requirements", name + ".txt")
    stamp = os.path.join(VENV, "installed-" + name)
    if read(stamp) == digest(lock) or (
        name == "base" and read(os.path.join(VENV, "installed-dev")) == digest("requirements/dev.txt")
    ):
        return
    total = len(re.findall(r"(?m)^[A-Za-z0-9]\S*==", read(lock)))
    print(
        "Fetching and installing about %d Python packages; one to three minutes the first time …" % total,
        flush=True,
    )
    command = [PYTHON, "-m", "pip", "install", "--progress-bar", "off", "--disable-pip-version-check"]
    command += ["--require-hashes", "-r", lock]
    run(command, "installing " + lock, Counted(total))
    with open(stamp, "w") as file:
        file.write(digest(lock))


class Counted:
    """Says how far pip has come instead of showing its hundreds of lines."""

    def __init__(self, total):
        self.total, self.fetched = total, 0

    def __call__(self, line):
        """Take one line of pip's output; tell of every twenty-fifth package, and of the unpacking."""
        if line.startswith("Collecting "):
            self.fetched += 1
            if self.fetched % 25 == 0:
                print("  %d of about %d fetched" % (self.fetched, self.total), flush=True)
        elif line.startswith("Installing collected packages"):
            print("  all fetched; unpacking them …", flush=True)


def run(command, what, tell=None):
    """Run a command and stop with a sentence if it fails. `tell` takes each line it prints instead of the terminal."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE if tell else None, universal_newlines=True)
    for line in process.stdout or ():
        tell(line)
    if process.wait():
        sys.exit("Stopped: %s failed; the lines above say why." % what)


def digest(path):
    """Return a hash of the file, and of the Python that packages were installed for."""
    with open(path, "rb") as file:
        return hashlib.sha256(file.read() + sys.version.encode()).hexdigest()


def read(path):
    """Return the text of a stamp, empty if there is none."""
    if not os.path.exists(path):
        return ""
    with open(path) as file:
        return file.read()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nStopped. The next run goes on where this one was.")
