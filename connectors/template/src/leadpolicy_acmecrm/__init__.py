"""Connects leadpolicy with Acmecrm."""
