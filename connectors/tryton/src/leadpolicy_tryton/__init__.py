"""A connector for the leads and opportunities of a Tryton server."""
