"""Where the messages of `holdfast run` go.

`printer` makes messages lines, `lines` queues them with back-pressure and hands them to an
`outlet`: `descriptor` (standard output), `file` with `rotation`, or `command` with `child`.
`destination` says where as plain data, `options` reads it from the command line, and `choose`
decides between the two and the file.
"""
