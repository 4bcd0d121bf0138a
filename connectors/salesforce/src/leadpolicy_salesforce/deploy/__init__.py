"""Deploys: packages sent over the Metadata API, and records that go with them."""
