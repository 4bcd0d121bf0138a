"""Find plug-ins one by one; one that cannot be used is named and takes nothing else down."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points, version
from types import MappingProxyType
from typing import Any, Final, cast

import pluggy

from leadpolicy.crm.errors import CrmError
from leadpolicy.diagnostics import did_you_mean
from leadpolicy.exchange.enricher import EnricherFactory
from leadpolicy.plugins import builtin
from leadpolicy.plugins.answers import KINDS, Kind, checked
from leadpolicy.plugins.hookspecs import (
    API,
    GROUP,
    BackendFactory,
    Check,
    ConnectorFactory,
    Exporter,
    Hooks,
    SandboxFactory,
    StoreFactory,
)
from leadpolicy.plugins.isolation import within

PATIENCE: Final = 5.0
"""Seconds that a plug-in may take to load and to answer each hook."""


class UnknownPluginError(CrmError):
    """No plug-in brings something of this name."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plug-in in use: its name, where it comes from, and what it brings by kind."""

    name: str
    origin: str
    version: str
    brings: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Refused:
    """A plug-in that is not used, and why."""

    name: str
    origin: str
    version: str
    reason: str


class Registry:
    """The plug-ins found when it is made: what the library ships, then each entry point.

    `found` replaces the entry points of the installed distributions; plug-ins named in `off` are
    not even loaded.
    """

    def __init__(
        self,
        found: Iterable[EntryPoint] | None = None,
        *,
        off: Collection[str] = (),
        patience: float = PATIENCE,
    ) -> None:
        self._manager: Final = pluggy.PluginManager(GROUP)
        self._manager.add_hookspecs(Hooks)
        self._patience: Final = patience
        self._items: Final[dict[str, dict[str, Any]]] = {kind.name: {} for kind in KINDS}
        self._plugins: Final[list[Plugin]] = []
        self._refused: Final[list[Refused]] = []
        self._take(Refused("builtin", "leadpolicy", version("leadpolicy"), ""), builtin)
        points = entry_points(group=GROUP) if found is None else found
        for point in sorted(points, key=lambda item: (_origin(item), item.name)):
            self._load(point, off)

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
        return MappingProxyType(self._items["connector"])

    @property
    def backends(self) -> Mapping[str, BackendFactory]:
        """The back-ends by name."""
        return MappingProxyType(self._items["backend"])

    @property
    def checks(self) -> Mapping[str, Check]:
        """The checks by name."""
        return MappingProxyType(self._items["check"])

    @property
    def enrichers(self) -> Mapping[str, EnricherFactory]:
        """The enrichers by name."""
        return MappingProxyType(self._items["enricher"])

    @property
    def stores(self) -> Mapping[str, StoreFactory]:
        """The stores by the scheme of their URLs."""
        return MappingProxyType(self._items["store"])

    @property
    def exporters(self) -> Mapping[str, Exporter]:
        """What writes files for CRMs, by name."""
        return MappingProxyType(self._items["exporter"])

    @property
    def sandboxes(self) -> Mapping[str, SandboxFactory]:
        """The practice CRMs by name."""
        return MappingProxyType(self._items["sandbox"])

    def connector(self, name: str) -> ConnectorFactory:
        """Return a connector by name; raises `UnknownPluginError`."""
        return cast("ConnectorFactory", self._named("connector", name))

    def backend(self, name: str) -> BackendFactory:
        """Return a back-end by name; raises `UnknownPluginError`."""
        return cast("BackendFactory", self._named("backend", name))

    def enricher(self, name: str) -> EnricherFactory:
        """Return an enricher by name; raises `UnknownPluginError`."""
        return cast("EnricherFactory", self._named("enricher", name))

    def store(self, scheme: str) -> StoreFactory:
        """Return what opens stores of a scheme; raises `UnknownPluginError`."""
        return cast("StoreFactory", self._named("store", scheme))

    def exporter(self, name: str) -> Exporter:
        """Return what writes files for a CRM; raises `UnknownPluginError`."""
        return cast("Exporter", self._named("exporter", name))

    def sandbox(self, name: str) -> SandboxFactory:
        """Return what starts practice CRMs of a kind; raises `UnknownPluginError`."""
        return cast("SandboxFactory", self._named("sandbox", name))

    def _named(self, kind: str, name: str) -> object:
        known = self._items[kind]
        if name in known:
            return known[name]
        for refused in self._refused:
            if refused.name == name:
                raise UnknownPluginError(
                    f"the plug-in `{name}` of {refused.origin} cannot be used: {refused.reason}"
                )
        raise UnknownPluginError(f"no {kind} `{name}` is installed", did_you_mean(name, known))

    def _load(self, point: EntryPoint, off: Collection[str]) -> None:
        place = Refused(point.name, _origin(point), _version(point), "")
        if point.name in off:
            self._refuse(place, "it is switched off")
            return
        try:
            plugin = within(self._patience, point.load)
            _refuse_other_api(plugin)
        except (Exception, SystemExit) as error:
            self._refuse(place, _said(error))
        else:
            self._take(place, plugin)

    def _take(self, place: Refused, plugin: object) -> None:
        """Register a plug-in and ask it alone, so that its failure is its own."""
        try:
            self._manager.register(plugin, place.name)
            self._manager.check_pending()
            brought = {kind.name: self._ask(plugin, kind) for kind in KINDS}
        except (Exception, SystemExit) as error:
            self._refuse(place, _said(error))
            if self._manager.get_plugin(place.name) is plugin:
                self._manager.unregister(plugin)
            return
        for kind, items in brought.items():
            self._items[kind].update(items)
        names = {kind: tuple(items) for kind, items in brought.items() if items}
        self._plugins.append(Plugin(place.name, place.origin, place.version, names))

    def _ask(self, plugin: object, kind: Kind) -> dict[str, Any]:
        others = [other for other in self._manager.get_plugins() if other is not plugin]
        ask = self._manager.subset_hook_caller(kind.hook, others)
        brought: dict[str, Any] = {}
        for answer in within(self._patience, ask) if ask.get_hookimpls() else ():
            brought |= checked(kind, answer, self._items[kind.name])
        return brought

    def _refuse(self, place: Refused, reason: str) -> None:
        self._refused.append(Refused(place.name, place.origin, place.version, reason))


def _refuse_other_api(plugin: object) -> None:
    wanted = getattr(plugin, "LEADPOLICY_API", None)
    ours = ".".join(map(str, API))
    if not isinstance(wanted, tuple) or len(wanted) != len(API):
        raise TypeError(f"does not say which hooks it is made for; add LEADPOLICY_API = {API}")
    if wanted[0] != API[0] or wanted[1] > API[1]:
        theirs = ".".join(map(str, wanted))
        raise TypeError(f"is made for hooks {theirs}, and this version has {ours}")


def _said(error: BaseException) -> str:
    text = " ".join(str(error).split())[:300]
    return f"{type(error).__name__}: {text}".rstrip(": ")


def _origin(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "unknown"


def _version(point: EntryPoint) -> str:
    return point.dist.version if point.dist is not None else "unknown"
