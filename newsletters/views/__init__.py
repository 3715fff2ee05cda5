"""Public views of letters: sign-up, leaving, preferences, links and pixels."""
