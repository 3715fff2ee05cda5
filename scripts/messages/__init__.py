"""Message catalogues in pure Python: extraction, merging and compiling, so that no machine needs gettext's programs."""
