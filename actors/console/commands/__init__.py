"""The commands that speak to a running fleet over its control socket, and the completion of names.

A command is a file, or a line of a table where several do the same. It is imported when it is
called; what it needs besides click is imported with it.
"""
