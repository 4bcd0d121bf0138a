"""What Salesforce enforces itself: validation rules from states, transitions and demands."""
