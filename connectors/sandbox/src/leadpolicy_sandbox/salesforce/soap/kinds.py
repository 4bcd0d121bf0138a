"""What every type of component can do with an org."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from leadpolicy_sandbox.salesforce.org import Org
from leadpolicy_sandbox.salesforce.org.ids import make
from leadpolicy_sandbox.salesforce.org.results import Edit
from leadpolicy_sandbox.salesforce.org.schema import User
from leadpolicy_sandbox.salesforce.soap.reading import ComponentError, Values

OBJECT_FOLDER = "objects"


@dataclass(frozen=True)
class Kind:
    """A type of component: where its files lie, and how an org's setup reads and writes it.

    `read` answers None for a name that is not there; `save` and `delete` raise SetupError or
    ComponentError, and `delete` answers False for a name that is not there. A type without a
    `suffix` has no files of its own: it lies in the file of its object.
    """

    type: str
    prefix: str
    names: Callable[[Org], list[str]]
    read: Callable[[Org, str], Values | None]
    save: Callable[[Org, User, str, Values], Edit]
    delete: Callable[[Org, User, str], bool]
    folder: str = OBJECT_FOLDER
    suffix: str = ""
    children: tuple[str, ...] = ()

    def file(self, name: str) -> str:
        """The path of the file in a package that holds a component."""
        if self.suffix:
            return f"{self.folder}/{name}.{self.suffix}"
        return f"{self.folder}/{name.partition('.')[0]}.object"

    def ident(self, org: Org, name: str) -> str:
        """The id of a component, the same as long as the org lives."""
        numbers: dict[tuple[str, str], int] = org.state.settings.setdefault("component ids", {})
        return make(self.prefix, numbers.setdefault((self.type, name), len(numbers) + 1))


def split(name: str) -> tuple[str, str]:
    """Object and short name in a full name such as `Lead.lp_fit__c`; raises ComponentError."""
    parent, _, short = name.partition(".")
    if not parent or not short:
        raise ComponentError(f"Invalid fullName: {name}", "INVALID_FIELD", ("fullName",))
    return parent, short
