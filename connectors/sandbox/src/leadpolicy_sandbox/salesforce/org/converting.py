"""Converting a lead: an account, a contact and, if wanted, an opportunity carry on its path."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from leadpolicy_sandbox.salesforce.org import history, ids, records
from leadpolicy_sandbox.salesforce.org.checks import Refusal
from leadpolicy_sandbox.salesforce.org.results import ConvertResult, LeadConvert, SaveError
from leadpolicy_sandbox.salesforce.org.schema import ObjectDef, User
from leadpolicy_sandbox.salesforce.org.state import State
from leadpolicy_sandbox.salesforce.org.tables import Row

_PARTS: Final = ("Street", "City", "State", "PostalCode", "Country", "Latitude", "Longitude",
                 "GeocodeAccuracy")  # fmt: skip
_PERSON: Final = ("FirstName", "LastName", "Salutation", "Title", "Email", "Phone", "MobilePhone",
                  "Fax", "LeadSource", "Description", "IndividualId", "HasOptedOutOfEmail",
                  "HasOptedOutOfFax", "DoNotCall")  # fmt: skip
_COMPANY: Final = ("Phone", "Fax", "Website", "Industry", "AnnualRevenue", "NumberOfEmployees",
                   "Rating")  # fmt: skip
_QUARTER: Final = timedelta(days=90)


def convert(state: State, user: User | None, wish: LeadConvert) -> ConvertResult:
    """Convert one lead, or say why not; a refused conversion changes nothing.

    Validation rules are heeded only where the setting RequireValidationForConversion is on.
    """
    lead_id = ids.full(wish.lead_id) or wish.lead_id
    try:
        with state.savepoint():
            lead = _lead(state, lead_id)
            _refuse(state, wish)
            account = _account(state, user, wish, lead)
            contact = _contact(state, user, wish, lead, account)
            opportunity = _opportunity(state, user, wish, lead, account)
            _close(state, user, wish, lead, (account, contact, opportunity))
    except Refusal as refusal:
        return ConvertResult(lead_id, False, errors=refusal.errors)
    return ConvertResult(lead_id, True, account, contact, opportunity)


def _lead(state: State, id: str) -> Row:
    row = state.tables["Lead"].get(id)
    if row is None:
        raise Refusal(SaveError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id",
                                ("LeadId",)))  # fmt: skip
    if row["IsDeleted"]:
        raise Refusal(records.GONE)
    if row.get("IsConverted"):
        raise Refusal(records.CONVERTED)
    return row


def _refuse(state: State, wish: LeadConvert) -> None:
    value = state.objects["Lead"].fields["Status"].value(wish.converted_status)
    if value is None or not value.converted or not value.active:
        message = f"invalid convertedStatus: {wish.converted_status}"
        raise Refusal(SaveError("INVALID_STATUS", message, ("ConvertedStatus",)))
    if wish.do_not_create_opportunity and (wish.opportunity_name or wish.opportunity_id):
        message = (
            "If doNotCreateOpportunity is true, opportunityName and opportunityId must be null."
        )
        raise Refusal(SaveError("INVALID_FIELD", message))
    if wish.contact_id and not wish.account_id:
        message = "an account must be given with the contact"
        raise Refusal(SaveError("REQUIRED_FIELD_MISSING", message, ("AccountId",)))


def _given(state: State, object: str, id: str | None) -> str | None:
    if id is None:
        return None
    row = state.tables[object].get(ids.full(id) or id)
    if row is None:
        raise Refusal(records.UNKNOWN)
    if row["IsDeleted"]:
        raise Refusal(records.GONE)
    return str(row["Id"])


def _owner(wish: LeadConvert, lead: Row) -> str:
    return ids.full(wish.owner_id or "") or str(lead["OwnerId"])


def _account(state: State, user: User | None, wish: LeadConvert, lead: Row) -> str:
    definition = state.objects["Account"]
    values = {name: lead.get(name) for name in _COMPANY}
    values |= {f"Billing{part}": lead.get(part) for part in _PARTS}
    values |= {"Name": lead["Company"], "AccountSource": lead.get("LeadSource")}
    values |= _custom(state.objects["Lead"], definition, lead)
    values["OwnerId"] = _owner(wish, lead)
    known = _given(state, "Account", wish.account_id)
    return _put(state, user, definition, values, known, wish)


def _contact(state: State, user: User | None, wish: LeadConvert, lead: Row, account: str) -> str:
    definition = state.objects["Contact"]
    values = {name: lead.get(name) for name in _PERSON}
    values |= {f"Mailing{part}": lead.get(part) for part in _PARTS}
    values |= _custom(state.objects["Lead"], definition, lead)
    values |= {"AccountId": account, "OwnerId": _owner(wish, lead)}
    known = _given(state, "Contact", wish.contact_id)
    return _put(state, user, definition, values, known, wish)


def _put(
    state: State,
    user: User | None,
    definition: ObjectDef,
    values: dict[str, Any],
    known: str | None,
    wish: LeadConvert,
) -> str:
    """Make a record, or fill in what a known one lacks, and return its id."""
    if known is None:
        event = f"{definition.name.lower()}CreatedFromLead"
        return _insert(state, user, definition, values, event)
    before = state.tables[definition.name].rows[known]
    fresh = {
        name: value
        for name, value in values.items()
        if value is not None and (before.get(name) is None or _overwrites(wish, name))
    }
    rules = bool(state.settings["RequireValidationForConversion"])
    records.save(state, user, definition, before, fresh, rules=rules)
    return known


def _overwrites(wish: LeadConvert, name: str) -> bool:
    return name == "LeadSource" and wish.overwrite_lead_source


def _opportunity(
    state: State, user: User | None, wish: LeadConvert, lead: Row, account: str
) -> str | None:
    if wish.do_not_create_opportunity:
        return None
    if wish.opportunity_id:
        return _given(state, "Opportunity", wish.opportunity_id)
    definition = state.objects["Opportunity"]
    stage = next(one for one in definition.fields["StageName"].values if one.active)
    values: dict[str, Any] = {
        "Name": wish.opportunity_name or f"{lead['Company']}-",
        "AccountId": account,
        "StageName": stage.name,
        "CloseDate": (state.clock.now().astimezone(state.zone) + _QUARTER).date(),
        "LeadSource": lead.get("LeadSource"),
        "OwnerId": _owner(wish, lead),
        **_custom(state.objects["Lead"], definition, lead),
    }
    return _insert(state, user, definition, values, "opportunityCreatedFromLead")


def _insert(
    state: State, user: User | None, definition: ObjectDef, values: dict[str, Any], event: str
) -> str:
    row = records.with_defaults(definition, values)
    rules = bool(state.settings["RequireValidationForConversion"])
    return records.insert(state, user, definition, row, rules=rules, event=event)


def _custom(source: ObjectDef, target: ObjectDef, lead: Row) -> dict[str, Any]:
    return {
        name: lead[name]
        for name, field in target.fields.items()
        if field.custom
        and field.formula is None
        and lead.get(name) is not None
        and (own := source.fields.get(name)) is not None
        and own.type == field.type
    }


def _close(
    state: State,
    user: User | None,
    wish: LeadConvert,
    lead: Row,
    made: tuple[str, str, str | None],
) -> None:
    account, contact, opportunity = made
    changes = {
        "Status": wish.converted_status,
        "IsConverted": True,
        "IsUnreadByOwner": False,
        "ConvertedDate": state.clock.now().astimezone(state.zone).date(),
        "ConvertedAccountId": account,
        "ConvertedContactId": contact,
        "ConvertedOpportunityId": opportunity,
    }
    rules = bool(state.settings["RequireValidationForConversion"])
    definition = state.objects["Lead"]
    records.save(state, user, definition, lead, changes, rules=rules)
    history.note(state, user, definition, lead["Id"], "leadConverted")
    _carry(state, "Task", ("WhoId", "WhoId"), lead["Id"], contact)
    _carry(state, "CampaignMember", ("LeadId", "ContactId"), lead["Id"], contact)


def _carry(state: State, object: str, way: tuple[str, str], lead: str, contact: str) -> None:
    table = state.tables[object]
    for id in table.find(way[0], lead, heed_case=True):
        table.put({**table.rows[id], way[1]: contact})
