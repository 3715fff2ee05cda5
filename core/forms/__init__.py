"""Forms that several apps share."""
