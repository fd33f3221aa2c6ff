"""The demo: a fleet that lives through a server that does its worst."""
