"""The behaviours, one file for each part of a group."""

from __future__ import annotations
