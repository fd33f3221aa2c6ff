"""How a running fleet is asked and told from outside: a Unix socket, and a JSON object a line.

`protocol` is what is said, and `views` how a fleet's state is. On the fleet's side `place` makes
the socket, `server` reads its clients, an `actor` for each of them looks the verb up in `verbs`,
and that does it with what the `desk` knows; `serve` puts all of it together. `client` is the other
side.
"""
