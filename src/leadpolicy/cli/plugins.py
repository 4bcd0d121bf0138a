"""`leadpolicy plugins`: which connectors there are, and which plug-ins cannot be used."""

from __future__ import annotations

from leadpolicy.cli.options import Json
from leadpolicy.cli.terminal import show, show_json, table, tell


def plugins(json: Json = False) -> None:
    """List the plug-ins with their connectors, and those that cannot be used with the reason."""
    from leadpolicy.plugins.registry import Registry

    found = Registry()
    if json:
        used = [
            {"name": item.name, "origin": item.origin, "connectors": list(item.connectors)}
            for item in found.plugins
        ]
        refused = [
            {"name": item.name, "origin": item.origin, "reason": item.reason}
            for item in found.refused
        ]
        show_json({"plugins": used, "refused": refused})
        return
    rows = [(item.name, item.origin, ", ".join(item.connectors)) for item in found.plugins]
    show(table(None, ("plug-in", "from", "connectors"), rows))
    for item in found.refused:
        tell(f"not used: {item.name} from {item.origin}: {item.reason}", "yellow")
