"""Leads in and decisions out: rows of files and tables, bound to the attributes of a policy."""
