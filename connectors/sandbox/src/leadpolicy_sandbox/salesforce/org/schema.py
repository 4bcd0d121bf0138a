"""What an org is made of: objects, fields, value sets, rules and permission sets, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class PicklistValue:
    """One value of a picklist; an inactive one stays on records and can no longer be chosen.

    `converted` belongs to lead states; `closed`, `won`, `probability` and `forecast` to stages of
    opportunities.
    """

    name: str
    label: str
    default: bool = False
    active: bool = True
    converted: bool = False
    closed: bool = False
    won: bool = False
    probability: int = 0
    forecast: str = ""


@dataclass(slots=True)
class FieldDef:
    """A field; `type` is the word of describe, such as `string`, `picklist`, `double`, `boolean`.

    `length` counts characters; `precision` counts all digits of a number, `scale` its decimals.
    `formula` is set on calculated fields, `blanks_as_zero` says how they treat blank numbers.
    A picklist that is not `restricted` takes values that it does not know. `reference_to`,
    `relationship` and `children` (the name of the way back) belong to references. `fls` says
    whether field permissions apply to it. `compound`, `extra`, `digits` and `traits` are what
    describe tells beside: the compound field, the extra type, the digits of a whole number, and
    the words `defaulted`, `lookup`, `name`, `pointing`, `polymorphic`, `prefilter`.
    """

    name: str
    type: str
    label: str
    custom: bool = False
    length: int = 0
    precision: int = 0
    scale: int = 0
    required: bool = False
    createable: bool = True
    updateable: bool = True
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    restricted: bool = False
    default: object = None
    values: list[PicklistValue] = field(default_factory=list)
    formula: str | None = None
    blanks_as_zero: bool = False
    track_history: bool = False
    description: str = ""
    help_text: str = ""
    reference_to: tuple[str, ...] = ()
    relationship: str | None = None
    fls: bool = True
    children: str | None = None
    compound: str | None = None
    extra: str | None = None
    digits: int = 0
    traits: tuple[str, ...] = ()

    @property
    def looks_up(self) -> bool:
        """Whether records can be found, and upserted, by this field."""
        return self.external_id or self.type == "id" or "lookup" in self.traits

    def value(self, name: str) -> PicklistValue | None:
        """Return the picklist value of that API name, active or not."""
        return next((value for value in self.values if value.name == name), None)


@dataclass(slots=True)
class ValidationRule:
    """A rule that refuses a record for which its formula is true."""

    name: str
    active: bool
    formula: str
    message: str
    display_field: str | None = None
    description: str = ""


@dataclass(slots=True)
class ObjectDef:
    """An object with its fields, in the order of describe, and its rules by name.

    `history` says whether changes of tracked fields are recorded; rows of a `derived` object are
    read from the setup and cannot be written.
    """

    name: str
    label: str
    plural: str
    prefix: str
    fields: dict[str, FieldDef] = field(default_factory=dict)
    rules: dict[str, ValidationRule] = field(default_factory=dict)
    custom: bool = False
    history: bool = False
    undeletable: bool = True
    derived: bool = False

    def field(self, name: str) -> FieldDef | None:
        """Return the field of that API name in whatever case, or None."""
        found = self.fields.get(name)
        if found is None:
            low = name.lower()
            found = next((one for key, one in self.fields.items() if key.lower() == low), None)
        return found

    def related(self, relationship: str) -> FieldDef | None:
        """Return the reference that a relationship name such as `Owner` follows, or None."""
        low = relationship.lower()
        for one in self.fields.values():
            if one.relationship and one.relationship.lower() == low:
                return one
        return None


@dataclass(slots=True)
class FieldPermission:
    """What a permission set allows on one field, named like `Lead.lp_fit__c`."""

    field: str
    readable: bool
    editable: bool


@dataclass(slots=True)
class PermissionSet:
    """A permission set: rights on fields by name, and rights on objects by name."""

    name: str
    label: str
    description: str = ""
    license: str | None = None
    activation: bool = False
    fields: dict[str, FieldPermission] = field(default_factory=dict)
    objects: dict[str, dict[str, bool]] = field(default_factory=dict)
    custom_permissions: dict[str, bool] = field(default_factory=dict)
    user_permissions: dict[str, bool] = field(default_factory=dict)


@dataclass(slots=True)
class User:
    """Somebody who can log in; an `admin` has every object permission and every user permission.

    Fields that permission sets regulate are visible to nobody, admins included, until a permission
    set of theirs (or the admin's own profile, which an admin may be given) shows them.
    """

    id: str
    username: str
    name: str
    admin: bool = False
    sets: list[str] = field(default_factory=list)
    active: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an object may carry, as editions of Salesforce limit it."""

    custom_fields: int = 800
    tracked_fields: int = 20
    external_ids: int = 25
    message_characters: int = 255
