"""Calls to one org: an address, a session over HTTP, and one wire for REST and SOAP."""
