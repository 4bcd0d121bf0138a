"""leadpolicy's own ways of deciding one lead, one file each, made like the peers.

A subject is a module with `TITLE`, `LEFT_TO_HOST` and `build()`. Every module of this package is
found by itself; one that cannot be imported is reported, not skipped.
"""
