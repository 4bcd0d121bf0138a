"""Leads in, decisions out, feedback in: rows of Salesforce in the words of the core."""
