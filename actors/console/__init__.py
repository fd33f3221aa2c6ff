"""The command `holdfast`: runs fleets, and shows them to people.

`main` is the list of commands, each imported when it is called: `run` (with `lines` and `printer`
for standard output, and `config` for its file) and `demo` (with every `demo_*`; these alone import
`holdfast.testing`). What commands share: `problem` (a mistake in one line), `ending` (signals),
`log_output`, `open_files`, `tally` (a fleet in numbers), `gauges` and `screen` (a live view).
"""
