"""What one incarnation of a connection is made of, and what ends with it."""
