"""The conditions of the benchmark policy in languages that several peers speak."""
