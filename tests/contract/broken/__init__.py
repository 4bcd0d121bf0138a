"""Connectors that are broken in one way each, with the behaviour that has to notice."""
