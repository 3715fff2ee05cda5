"""What changes more than one of the letters' tables."""
