"""`holdfast run`: the connections of a file, until a signal ends them."""
