"""Connectors that are small and obviously right: what a connector of each kind looks like.

They share a CRM in a file, the ledger, that remembers every effect. The kit passes for each of
them; a behaviour that fails for one is a fault of the kit.
"""

from __future__ import annotations
