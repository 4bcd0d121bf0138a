"""What an org answers: saved or refused, and why, in the codes of the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Edit: TypeAlias = Literal["created", "changed", "unchanged"]


@dataclass(frozen=True, slots=True)
class SaveError:
    """One reason for a refusal; `code` is a StatusCode such as `REQUIRED_FIELD_MISSING`."""

    code: str
    message: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SaveResult:
    """What became of one record."""

    id: str | None
    success: bool
    errors: tuple[SaveError, ...] = ()
    created: bool = False


@dataclass(frozen=True, slots=True)
class LeadConvert:
    """How one lead is to be converted; ids that are None are made anew."""

    lead_id: str
    converted_status: str
    account_id: str | None = None
    contact_id: str | None = None
    opportunity_id: str | None = None
    owner_id: str | None = None
    opportunity_name: str | None = None
    do_not_create_opportunity: bool = False
    overwrite_lead_source: bool = False


@dataclass(frozen=True, slots=True)
class ConvertResult:
    """What became of one conversion."""

    lead_id: str
    success: bool
    account_id: str | None = None
    contact_id: str | None = None
    opportunity_id: str | None = None
    errors: tuple[SaveError, ...] = ()


@dataclass(frozen=True, slots=True)
class MergeResult:
    """What became of one merge."""

    id: str | None
    success: bool
    merged: tuple[str, ...] = ()
    updated_related: tuple[str, ...] = ()
    errors: tuple[SaveError, ...] = ()


class OrgError(Exception):
    """A whole request is refused; `status` is the HTTP status and `code` the errorCode."""

    def __init__(self, status: int, code: str, message: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields


class SetupError(Exception):
    """A change of the setup is refused; `problem` is what a deployment shows for the component."""

    def __init__(self, problem: str, code: str = "FIELD_INTEGRITY_EXCEPTION") -> None:
        super().__init__(problem)
        self.problem = problem
        self.code = code


class SeveralMatchError(Exception):
    """An external id fits more than one record; `ids` has them all."""

    def __init__(self, ids: tuple[str, ...]) -> None:
        super().__init__(f"{len(ids)} records match")
        self.ids = ids
