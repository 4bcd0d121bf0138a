"""Practice CRMs: local servers that speak the APIs of real ones."""
