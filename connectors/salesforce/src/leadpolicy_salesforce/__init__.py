"""Lead policies in Salesforce."""
