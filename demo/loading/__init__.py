"""Reading the demo content and building the demo site from it."""
