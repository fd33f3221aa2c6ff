"""What the socket actor is made of: dials under way and open streams."""
