"""How a running fleet is asked and told from outside: a Unix socket, and a JSON object a line."""
