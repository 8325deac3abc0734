"""What others index and search with, each in an environment of its own, driven alike."""
