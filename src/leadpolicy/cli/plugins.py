"""`leadpolicy plugins`: what is installed, what it can do, and which plug-ins cannot be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadpolicy.cli.options import Json
from leadpolicy.cli.terminal import show, show_json, table, tell

if TYPE_CHECKING:
    from leadpolicy.crm.capabilities import Capabilities
    from leadpolicy.plugins.registry import Registry


def plugins(
    matrix: Annotated[
        bool, typer.Option("--matrix", help="Show what each connector can do.")
    ] = False,
    json: Json = False,
) -> None:
    """List the plug-ins with what they bring, and those that cannot be used with the reason.

    Plug-ins named in LEADPOLICY_PLUGINS_OFF, apart by commas, are not loaded.
    """
    from leadpolicy.cli.registry import installed

    found = installed()
    if json:
        show_json(_to_dict(found))
        return
    show(_matrix(found) if matrix else _list(found))
    for item in found.refused:
        tell(f"not used: {item.name} from {item.origin} {item.version}: {item.reason}", "yellow")


def _list(found: Registry) -> Any:
    rows = [(item.name, item.origin, item.version, _brought(item.brings)) for item in found.plugins]
    return table(None, ("plug-in", "from", "version", "brings"), rows)


def _brought(brings: Mapping[str, tuple[str, ...]]) -> str:
    return "; ".join(f"{kind} {', '.join(names)}" for kind, names in brings.items())


def _matrix(found: Registry) -> Any:
    abilities = _abilities(found)
    names = next(iter(abilities.values()), {})
    rows = [(name, *(_shown(item[name]) for item in abilities.values())) for name in names]
    return table(None, ("capability", *abilities), rows)


def _abilities(found: Registry) -> dict[str, dict[str, Any]]:
    """Return what each connector can do at best, as JSON-ready data."""
    able = ((name, _capabilities(found, name)) for name in sorted(found.connectors))
    return {
        name: {field.name: _plain(getattr(known, field.name)) for field in fields(known)}
        for name, known in able
        if known is not None
    }


def _capabilities(found: Registry, name: str) -> Capabilities | None:
    """Return what a connector says it can do; one that does not say it spoils no list."""
    from leadpolicy.crm.capabilities import Capabilities

    try:
        said = found.connector(name).capabilities
    except Exception as error:
        said = None
        tell(f"connector {name}: what it can do is not known: {error}", "yellow")
    return said if isinstance(said, Capabilities) else None


def _plain(value: object) -> Any:
    if isinstance(value, frozenset):
        return sorted(str(item) for item in value)
    if isinstance(value, tuple):
        return [f"{item.calls} calls in {item.seconds:g} s" for item in value]
    return value


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else str(value)


def _to_dict(found: Registry) -> dict[str, object]:
    used = [
        {
            "name": item.name,
            "origin": item.origin,
            "version": item.version,
            "brings": {kind: list(names) for kind, names in item.brings.items()},
        }
        for item in found.plugins
    ]
    refused = [
        {
            "name": item.name,
            "origin": item.origin,
            "version": item.version,
            "reason": item.reason,
        }
        for item in found.refused
    ]
    return {"plugins": used, "refused": refused, "capabilities": _abilities(found)}
