"""What a service keeps beside its org: who may call, how often, and what it has begun."""
