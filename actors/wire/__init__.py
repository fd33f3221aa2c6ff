"""The wire: how bytes become messages and how a dial becomes a stream, with no actor and no thread.

Only the resolver has threads (`getaddrinfo` knows no other way). Import from the modules.
"""
