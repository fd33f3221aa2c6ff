"""What people see of a fleet on a terminal."""
