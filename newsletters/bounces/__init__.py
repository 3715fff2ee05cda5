"""What comes back: bounces, complaints, unsubscriptions and replies that arrive at the letters' return path."""
