"""The command `holdfast`: runs fleets, and shows them to people.

`entry` is where it starts, `main` is the list of commands, each imported when it is called. A
folder each:

- `run` runs the connections of a file, which `config` reads; `sinks` are where its messages go.
- `demo` runs a fleet against a server that does its worst; it alone imports `holdfast.testing`.
- `control` is the socket by which a running fleet is asked and told, `commands` are those that do.
- `logfile` reads logs again, `doctor` looks for what would keep a fleet down.
- `view` draws a fleet on a terminal.

What they share lies beside `main`: `problem` (a mistake in one line), `ending` (signals), options
(`option_group`, `variables`, `seconds`, `log_output`), `open_files` and `gauges`.
"""
