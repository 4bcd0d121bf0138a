"""Yardsticks for the speed of deciding one lead, and for validating one."""
