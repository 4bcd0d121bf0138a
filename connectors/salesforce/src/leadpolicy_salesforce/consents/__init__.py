"""Consents that Salesforce keeps by person, purpose and channel: read, and told."""

from leadpolicy_salesforce.consents.port import Consents
from leadpolicy_salesforce.consents.purposes import Purposes
from leadpolicy_salesforce.consents.reader import ConsentReader

__all__ = ["ConsentReader", "Consents", "Purposes"]
