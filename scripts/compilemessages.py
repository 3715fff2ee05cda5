"""Compile the catalogues to the form Django reads; needs nothing but Python.

Usage: python scripts/compilemessages.py
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.messages.catalogues import compile_all

if __name__ == "__main__":
    if written := compile_all():
        print(f"Compiled {written} message catalogues.")
