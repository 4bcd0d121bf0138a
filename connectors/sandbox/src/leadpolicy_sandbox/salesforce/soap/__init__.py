"""The SOAP APIs and the Tooling API: metadata in and out, and what REST has no resource for."""
