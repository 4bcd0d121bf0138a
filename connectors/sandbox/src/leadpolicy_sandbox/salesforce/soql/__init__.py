"""SOQL: read, and answered from what an org holds."""
