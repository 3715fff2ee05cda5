"""The letters' part of the admin."""
