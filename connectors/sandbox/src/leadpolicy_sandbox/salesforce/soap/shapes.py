"""Which elements a metadata component has, in the order in which the API writes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Plain = Literal["string", "boolean", "int"]


@dataclass(frozen=True)
class Enum:
    """A closed list of words, named as the API names it in errors."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """One element of a component: what it holds, and whether it may repeat or must be there."""

    name: str
    kind: Plain | Enum | Shape = "string"
    many: bool = False
    needed: bool = False


@dataclass(frozen=True, eq=False)
class Shape:
    """A type of component or of a part of one."""

    name: str
    parts: tuple[Part, ...] = field(repr=False)

    @cached_property
    def by_name(self) -> dict[str, Part]:
        """The parts by their names."""
        return {part.name: part for part in self.parts}


def _parts(
    texts: str = "",
    flags: str = "",
    numbers: str = "",
    needed: str = "",
    others: tuple[Part, ...] = (),
) -> tuple[Part, ...]:
    """Parts from lists of names, in the alphabetical order of the API after `fullName`."""
    must = needed.split()
    kinds: tuple[tuple[str, Plain], ...] = (
        (texts, "string"),
        (flags, "boolean"),
        (numbers, "int"),
    )
    plain = [
        Part(name, kind, needed=name in must) for names, kind in kinds for name in names.split()
    ]
    return (Part("fullName"), *sorted([*plain, *others], key=lambda part: part.name.lower()))


def _bare(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    return parts[1:]


FIELD_TYPES = Enum(
    "FieldType",
    (
        *("AutoNumber", "Lookup", "MasterDetail", "Checkbox", "Currency", "Date", "DateTime"),
        *("Email", "Number", "Percent", "Phone", "Picklist", "MultiselectPicklist", "Text"),
        *("TextArea", "LongTextArea", "Html", "Url", "EncryptedText", "Summary", "Hierarchy"),
        *("File", "MetadataRelationship", "Location", "ExternalLookup", "IndirectLookup"),
        *("CustomDataType", "Time", "Address", "Array"),
    ),
)
TREAT_BLANKS = Enum("TreatBlanksAs", ("BlankAsBlank", "BlankAsZero"))
DELETE_CONSTRAINT = Enum("DeleteConstraint", ("Cascade", "Restrict", "SetNull"))

CUSTOM_VALUE = Shape(
    "CustomValue",
    _parts("color description label", "default isActive", needed="default"),
)
STANDARD_VALUE = Shape(
    "StandardValue",
    (
        *CUSTOM_VALUE.parts,
        *_bare(
            _parts(
                "forecastCategory groupingString reverseRole",
                "allowEmail closed converted cssExposed highPriority reviewed won",
                "probability",
            )
        ),
    ),
)
VALUE_SET_DEFINITION = Shape(
    "ValueSetValuesDefinition",
    (Part("sorted", "boolean", needed=True), Part("value", CUSTOM_VALUE, many=True)),
)
VALUE_SET = Shape(
    "ValueSet",
    (
        Part("controllingField"),
        Part("restricted", "boolean"),
        Part("valueSetDefinition", VALUE_SET_DEFINITION),
        Part("valueSetName"),
    ),
)
CUSTOM_FIELD = Shape(
    "CustomField",
    _parts(
        "businessOwnerGroup businessOwnerUser businessStatus complianceGroup customDataType "
        "defaultValue description displayFormat externalDeveloperName formula inlineHelpText label "
        "metadataRelationshipControllingField referenceTargetField referenceTo relationshipLabel "
        "relationshipName securityClassification",
        "caseSensitive deprecated escapeMarkup externalId isConvertLeadDisabled "
        "isFilteringDisabled isNameField isSortingDisabled populateExistingRows "
        "reparentableMasterDetail required restrictedAdminField stripMarkup trackFeedHistory "
        "trackHistory trackTrending translateData unique writeRequiresMasterRead",
        "length precision relationshipOrder scale startingNumber visibleLines",
        others=(
            Part("deleteConstraint", DELETE_CONSTRAINT),
            Part("formulaTreatBlanksAs", TREAT_BLANKS),
            Part("type", FIELD_TYPES),
            Part("valueSet", VALUE_SET),
        ),
    ),
)
VALIDATION_RULE = Shape(
    "ValidationRule",
    _parts(
        "description errorConditionFormula errorDisplayField errorMessage",
        "active",
        needed="active errorConditionFormula errorMessage",
    ),
)
CUSTOM_OBJECT = Shape(
    "CustomObject",
    _parts(
        "compactLayoutAssignment customHelp customHelpPage description externalName label "
        "pluralLabel",
        "allowInChatterGroups deprecated enableActivities enableBulkApi enableDataTranslation "
        "enableDivisions enableEnhancedLookup enableFeeds enableHistory enableLicensing "
        "enableReports enableSearch enableSharing enableStreamingApi household "
        "recordTypeTrackFeedHistory recordTypeTrackHistory",
        others=(
            Part("deploymentStatus", Enum("DeploymentStatus", ("InDevelopment", "Deployed"))),
            Part("fields", CUSTOM_FIELD, many=True),
            Part("nameField", CUSTOM_FIELD),
            Part(
                "sharingModel",
                Enum(
                    "SharingModel",
                    (
                        *("Private", "Read", "ReadSelect", "ReadWrite", "ReadWriteTransfer"),
                        *("FullAccess", "ControlledByParent", "ControlledByCampaign"),
                        "ControlledByLeadOrContact",
                    ),
                ),
            ),
            Part("validationRules", VALIDATION_RULE, many=True),
            Part(
                "visibility",
                Enum("SetupObjectVisibility", ("Protected", "Public", "PackageProtected")),
            ),
        ),
    ),
)
PERMISSION_SET = Shape(
    "PermissionSet",
    _parts(
        "description label license",
        "hasActivationRequired",
        needed="label",
        others=(
            Part(
                "customPermissions",
                Shape(
                    "PermissionSetCustomPermissions",
                    _bare(_parts("name", "enabled", needed="name enabled")),
                ),
                many=True,
            ),
            Part(
                "fieldPermissions",
                Shape(
                    "PermissionSetFieldPermissions",
                    _bare(_parts("field", "editable readable", needed="field editable")),
                ),
                many=True,
            ),
            Part(
                "objectPermissions",
                Shape(
                    "PermissionSetObjectPermissions",
                    _bare(
                        _parts(
                            "object",
                            "allowCreate allowDelete allowEdit allowRead modifyAllRecords "
                            "viewAllFields viewAllRecords",
                            needed="object allowCreate allowDelete allowEdit allowRead "
                            "modifyAllRecords viewAllRecords",
                        )
                    ),
                ),
                many=True,
            ),
            Part(
                "userPermissions",
                Shape(
                    "PermissionSetUserPermission",
                    _bare(_parts("name", "enabled", needed="name enabled")),
                ),
                many=True,
            ),
        ),
    ),
)
STANDARD_VALUE_SET = Shape(
    "StandardValueSet",
    _parts(
        "groupingStringEnum",
        "sorted",
        needed="sorted",
        others=(Part("standardValue", STANDARD_VALUE, many=True, needed=True),),
    ),
)
GLOBAL_VALUE_SET = Shape(
    "GlobalValueSet",
    _parts(
        "description masterLabel",
        "sorted",
        needed="masterLabel sorted",
        others=(Part("customValue", CUSTOM_VALUE, many=True),),
    ),
)
CUSTOM_PERMISSION = Shape(
    "CustomPermission",
    _parts(
        "connectedApp description externalClientApplication label",
        "isLicensed",
        needed="isLicensed label",
    ),
)
PACKAGE_TYPE = Shape("PackageTypeMembers", (Part("members", many=True), Part("name", needed=True)))
PACKAGE = Shape(
    "Package",
    _parts(
        "apiAccessLevel description namespacePrefix packageType postInstallClass setupWeblink "
        "uninstallClass version",
        needed="version",
        others=(Part("types", PACKAGE_TYPE, many=True),),
    ),
)

SHAPES = {
    shape.name: shape
    for shape in (
        CUSTOM_OBJECT,
        CUSTOM_FIELD,
        VALIDATION_RULE,
        PERMISSION_SET,
        STANDARD_VALUE_SET,
        GLOBAL_VALUE_SET,
        CUSTOM_PERMISSION,
        PACKAGE,
    )
}
