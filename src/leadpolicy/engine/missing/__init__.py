"""What is missing: the smallest sets of facts that would lead a lead to a target."""
