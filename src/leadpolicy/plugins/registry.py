"""Find plug-ins one by one; one that cannot be used is named and takes nothing else down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Final

import pluggy

from leadpolicy.crm.connector import CrmError
from leadpolicy.diagnostics import did_you_mean
from leadpolicy.plugins import builtin
from leadpolicy.plugins.hookspecs import GROUP, ConnectorFactory, Hooks


class UnknownConnectorError(CrmError):
    """No plug-in brings a connector of this name."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plug-in in use: its name, where it comes from, and its connectors' names."""

    name: str
    origin: str
    connectors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A plug-in that is not used, and why."""

    name: str
    origin: str
    reason: str


class Registry:
    """The plug-ins found when it is made: what the library ships, then each entry point.

    `found` replaces the entry points of the installed distributions.
    """

    def __init__(self, found: Iterable[EntryPoint] | None = None) -> None:
        self._manager: Final = pluggy.PluginManager(GROUP)
        self._manager.add_hookspecs(Hooks)
        self._connectors: Final[dict[str, ConnectorFactory]] = {}
        self._plugins: Final[list[Plugin]] = []
        self._refused: Final[list[Refused]] = []
        self._take("builtin", "leadpolicy", builtin)
        points = entry_points(group=GROUP) if found is None else found
        for point in sorted(points, key=lambda item: (_origin(item), item.name)):
            self._load(point)

    @property
    def plugins(self) -> tuple[Plugin, ...]:
        """The plug-ins in use."""
        return tuple(self._plugins)

    @property
    def refused(self) -> tuple[Refused, ...]:
        """The plug-ins that are not used, and why."""
        return tuple(self._refused)

    @property
    def connectors(self) -> Mapping[str, ConnectorFactory]:
        """The connectors by name."""
        return MappingProxyType(self._connectors)

    def connector(self, name: str) -> ConnectorFactory:
        """Return a connector by name; raises `UnknownConnectorError`."""
        if name in self._connectors:
            return self._connectors[name]
        for refused in self._refused:
            if refused.name == name:
                raise UnknownConnectorError(
                    f"the plug-in `{name}` of {refused.origin} cannot be used: {refused.reason}"
                )
        hint = did_you_mean(name, self._connectors)
        raise UnknownConnectorError(f"no connector `{name}` is installed", hint)

    def _load(self, point: EntryPoint) -> None:
        try:
            plugin = point.load()
        except (Exception, SystemExit) as error:
            self._refuse(point.name, _origin(point), error)
        else:
            self._take(point.name, _origin(point), plugin)

    def _take(self, name: str, origin: str, plugin: object) -> None:
        """Register a plug-in and ask it alone, so that its failure is its own."""
        try:
            self._manager.register(plugin, name)
            self._manager.check_pending()
            brought = self._ask(plugin)
        except (Exception, SystemExit) as error:
            self._refuse(name, origin, error)
            if self._manager.get_plugin(name) is plugin:
                self._manager.unregister(plugin)
        else:
            self._connectors.update(brought)
            self._plugins.append(Plugin(name, origin, tuple(brought)))

    def _ask(self, plugin: object) -> dict[str, ConnectorFactory]:
        others = [other for other in self._manager.get_plugins() if other is not plugin]
        ask = self._manager.subset_hook_caller("leadpolicy_connectors", others)
        brought: dict[str, ConnectorFactory] = {}
        for answer in ask():
            brought |= self._checked(answer)
        return brought

    def _checked(self, answer: object) -> dict[str, ConnectorFactory]:
        if not isinstance(answer, Mapping):
            raise TypeError(f"`leadpolicy_connectors` returned {type(answer).__name__}, no mapping")
        for name, factory in answer.items():
            if not isinstance(name, str) or not callable(getattr(factory, "open", None)):
                raise TypeError(f"connector {name!r} has no name or no method `open`")
            if name in self._connectors:
                raise ValueError(f"another plug-in brings a connector `{name}` already")
        return dict(answer)

    def _refuse(self, name: str, origin: str, error: BaseException) -> None:
        text = " ".join(str(error).split())[:300]
        self._refused.append(Refused(name, origin, f"{type(error).__name__}: {text}".rstrip(": ")))


def _origin(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "unknown"
