"""Bindings, options, addresses and secrets, before any org is reached."""

from __future__ import annotations

import pytest

from leadpolicy.crm.connector import AccessError, AddressError, BindingError, ConnectorError
from leadpolicy_salesforce.binding import Binding, BoundField, read_binding
from leadpolicy_salesforce.client.address import read_address
from leadpolicy_salesforce.options import Options, read_options
from leadpolicy_salesforce.secrets import PREFIX, find_secrets

CLIENT = {f"{PREFIX}CONSUMER_KEY": "key", f"{PREFIX}CONSUMER_SECRET": "hidden"}


def nobody(_host: str) -> object:
    return lambda _name: None


class TestBinding:
    def test_columns_are_custom_fields_of_their_own_name(self) -> None:
        binding = read_binding({"leads": {"columns": {"lp_state": "Status"}}})
        assert binding.api("lp_state") == "Status"
        assert binding.api("lp_fit") == "lp_fit__c"
        assert binding.key == "Id"

    def test_attributes_keep_their_column_and_their_labels(self) -> None:
        bound = {"column": "ConvertedOpportunity.IsWon", "codes": {"True": True}}
        binding = read_binding({"leads": {"attributes": {"won": bound, "sales_feedback": "sf"}}})
        path = "ConvertedOpportunity.IsWon"
        assert binding.attributes["won"] == BoundField(path, path, {"True": True})
        assert binding.attributes["sales_feedback"] == BoundField("sf__c", "sf")

    def test_sources_name_an_object_and_the_path_to_the_lead(self) -> None:
        signals = {
            "table": "CampaignMember",
            "lead": "LeadId",
            "type": {"column": "Status", "codes": {"Sent": None}},
            "occurred_at": "FirstRespondedDate",
            "properties": {"campaign": "Campaign.Name"},
        }
        source = read_binding({"leads": {}, "signals": signals}).signals
        assert source is not None
        assert (source.table, source.lead) == ("CampaignMember", "LeadId")
        paths = [bound.path for bound in source.fields]
        assert paths == ["Status", "FirstRespondedDate", "Campaign.Name"]

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            ({}, "has no `leads`"),
            ({"leads": {"table": "Contact"}}, "has to be `Lead`"),
            ({"leads": {"key": "Owner.Name"}}, "of the lead itself"),
            ({"leads": {"attributes": {"a": "Id FROM User"}}}, "`leads.attributes.a`"),
            ({"leads": {"columns": {"a": "X__c", "b": "x__c"}}}, "`a` and `b`"),
            ({"leads": {}, "signals": {"table": "Task"}}, "`signals.lead`"),
        ],
    )
    def test_what_is_wrong_is_named(self, data: dict[str, object], words: str) -> None:
        with pytest.raises(BindingError, match=words):
            read_binding(data)


class TestOptions:
    def test_true_means_that_salesforce_computes(self) -> None:
        assert read_options({"native": True}).native == "native"
        assert read_options({}) == Options()

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"time_out": 5}, "did you mean `timeout`"),
            ({"native": "natve"}, "did you mean `native`"),
            ({"timeout": 0}, "seconds"),
            ({"bulk_min": 9, "bulk_max": 3}, "less than"),
            ({"roles": {"marketin": "X"}}, "did you mean `marketing`"),
            ({"roles": {"sales": "two words"}}, "`roles.sales`"),
            ({"api_version": 31}, "version"),
            ({"contacts": "yes"}, "true or false"),
            ({"login": "soap"}, "one of"),
        ],
    )
    def test_what_is_wrong_is_named(self, options: dict[str, object], words: str) -> None:
        with pytest.raises(ConnectorError, match=words):
            read_options(options)


class TestAddress:
    def test_the_domain_says_where_to_log_in(self) -> None:
        address = read_address("https://acme.my.salesforce.com/", {})
        assert (address.domain, address.audience) == ("acme.my", "login")
        assert read_address("http://127.0.0.1:8080", {}).url == "http://127.0.0.1:8080"

    @pytest.mark.parametrize(
        ("url", "words"),
        [
            ("http://acme.my.salesforce.com", "needs https"),
            ("https://ada:hush@acme.my.salesforce.com", "holds a login"),
            ("https://acme.lightning.force.com", "acme.my.salesforce.com"),
            ("ftp://acme", "not complete"),
            ("https://acme.my.salesforce.com/lightning", "has a path"),
            ("prodd", "did you mean `prod`"),
            ("https://[", "cannot be read"),
        ],
    )
    def test_what_is_no_org_is_refused(self, url: str, words: str) -> None:
        with pytest.raises(AddressError, match=words) as refused:
            read_address(url, {"prod": "https://acme.my.salesforce.com"})
        assert "hush" not in str(refused.value)


class TestSecrets:
    def test_those_of_the_environment_come_first(self) -> None:
        variables = {**CLIENT, f"{PREFIX}DEV_CONSUMER_KEY": "of dev"}
        found = find_secrets("x", "dev", variables=variables)
        assert found.get("CONSUMER_KEY") == "of dev"
        assert find_secrets("x", variables=variables).get("CONSUMER_KEY") == "key"

    def test_no_repr_shows_them(self) -> None:
        assert "hidden" not in repr(find_secrets("x", variables=CLIENT))

    def test_the_keyring_is_asked_where_variables_do_not_suffice(self) -> None:
        asked: list[str] = []

        def keyring(host: str) -> object:
            asked.append(host)
            return {"consumer_secret": "from the keyring"}.get

        variables = {f"{PREFIX}CONSUMER_KEY": "key"}
        found = find_secrets("acme.my", variables=variables, keyring=keyring)  # type: ignore[arg-type]
        assert found.get("CONSUMER_SECRET") == "from the keyring"
        find_secrets("acme.my", variables=CLIENT, keyring=keyring)  # type: ignore[arg-type]
        assert asked == ["acme.my"]

    def test_a_missing_login_names_the_variables(self) -> None:
        with pytest.raises(AccessError, match="LEADPOLICY_SALESFORCE_DEV_PRIVATE_KEY"):
            find_secrets("x", "dev", "jwt", CLIENT, nobody)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("names", "flow"),
        [
            (("SESSION_ID",), "session"),
            (("CONSUMER_KEY", "CONSUMER_SECRET", "SESSION_ID"), "client_credentials"),
            (("CONSUMER_KEY", "CONSUMER_SECRET", "USERNAME", "PASSWORD"), "password"),
            (("CONSUMER_KEY", "USERNAME", "PRIVATE_KEY_FILE", "PASSWORD"), "jwt"),
        ],
    )
    def test_the_secrets_tell_the_way(self, names: tuple[str, ...], flow: str) -> None:
        variables = {PREFIX + name: "x" for name in names}
        assert find_secrets("x", variables=variables, keyring=nobody).flow == flow  # type: ignore[arg-type]


def test_a_binding_without_anything_has_sensible_names() -> None:
    assert Binding().api("sales_feedback") == "sales_feedback__c"
