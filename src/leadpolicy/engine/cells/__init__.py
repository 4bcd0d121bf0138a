"""Cells: the finitely many values of a fact that a policy can tell apart, and witnesses."""
