"""What the supervisor keeps of a connection while its incarnations come and go."""
