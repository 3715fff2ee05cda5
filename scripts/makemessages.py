"""Bring the catalogues `<app>/locale/{nb,nn}` in step with the code and say what lacks a translation.

Usage: python scripts/makemessages.py
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.messages.catalogues import compile_all, update

if __name__ == "__main__":
    print("\n".join(update()) or "Every message is translated.")
    compile_all()
