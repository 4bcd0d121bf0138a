"""The standard objects that a new org has, each field in one line."""
