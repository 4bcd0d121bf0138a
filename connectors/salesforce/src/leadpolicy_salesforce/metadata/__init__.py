"""What a policy needs in Salesforce as components of the Metadata API, and back."""
