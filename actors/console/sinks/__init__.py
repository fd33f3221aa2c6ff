"""Where the messages of `holdfast run` go."""
