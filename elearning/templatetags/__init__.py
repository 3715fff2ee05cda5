"""Template tags of elearning."""
