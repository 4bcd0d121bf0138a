"""One document: values, refusals and the words that say what is wrong."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from leadpolicy.diagnostics import Span, render_text
from leadpolicy.documents import tree as tree_module
from leadpolicy.documents.source import CODES, path_text, read_file, read_text


@pytest.fixture(params=["C", "Python"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run every test with both parsers of PyYAML: places and words have to agree."""
    kind = str(request.param)
    if kind == "C" and not yaml.__with_libyaml__:
        pytest.skip("PyYAML is installed without its C parser")
    loader = yaml.CSafeLoader if kind == "C" else yaml.SafeLoader
    monkeypatch.setattr(tree_module, "_loader", lambda: loader)
    return kind


def the_problem(text: str) -> tuple[str, str, str]:
    """Return code, place and message of the only problem of a text."""
    (problem,) = read_text(text, "p.yaml").diagnostics
    assert problem.code in CODES
    return problem.code, str(problem.span), problem.message


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("", None),
        ("null", None),
        ("~", None),
        ("true", True),
        ("True", True),
        ("FALSE", False),
        ("12", 12),
        ("-7", -7),
        ("+3", 3),
        ("007", 7),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.50", Decimal("1.50")),
        (".5", Decimal("0.5")),
        ("5.", Decimal("5")),
        ("1e3", Decimal("1000")),
        ("-1.5E-2", Decimal("-0.015")),
        ("0.1", Decimal("0.1")),
        ("no", "no"),
        ("NO", "NO"),
        ("on", "on"),
        ("yes", "yes"),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("2024-01-31", "2024-01-31"),
        ("1.2.3", "1.2.3"),
        ("0b11", "0b11"),
        ("1e", "1e"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("''", ""),
        ("! 12", "12"),
        ("!!str 12", "12"),
        ("!!int 12", 12),
        ("!!float 12", Decimal("12")),
        ("!!null ''", None),
        ("!!bool true", True),
        ("!!seq [1]", [1]),
        ("!!map {a: 1}", {"a": 1}),
        ("[a, 1, 2.5]", ["a", 1, Decimal("2.5")]),
        ('"\\u00fc\\/"', "ü/"),
    ],
)
def test_values_follow_the_core_schema(written: str, value: object) -> None:
    tree = read_text(f"key: {written}\n")
    assert tree.diagnostics == ()
    assert tree.data == {"key": value}
    assert type(tree.data["key"]) is type(value)


def test_json_is_yaml() -> None:
    text = '{\n  "name": "b2b",\n  "points": [1, -2.5, null, true],\n  "nested": {"a":"b"}\n}\n'
    tree = read_text(text)
    assert tree.diagnostics == ()
    assert tree.data == {
        "name": "b2b",
        "points": [1, Decimal("-2.5"), None, True],
        "nested": {"a": "b"},
    }


def test_characters_that_json_writes_as_two_escapes_are_joined() -> None:
    text = json.dumps({"😀": "a😀b\U0001f601", "x": "ü"})
    tree = read_text(text)
    assert (tree.data, tree.diagnostics) == ({"😀": "a😀b\U0001f601", "x": "ü"}, ())
    assert tree.scalars["😀",].text == "a😀b\U0001f601"
    assert tree.spans["x",].column == text.index('"\\u00fc"') + 1


@pytest.mark.parametrize("key", ["no", "on", "y", "2024-01-01", "12:30", "'1'", '"true"', "ä ö"])
def test_keys_that_look_like_other_types_elsewhere_are_text(key: str) -> None:
    tree = read_text(f"{key}: 1\n")
    assert tree.diagnostics == ()
    assert list(tree.data) == [key.strip("'\"")]


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("a:\n\tb: 1", "2:1", "a tab is not an indentation"),
        ("a: b: c", "1:5", "`:` is not expected here"),
        ("a: 1\nb", "2:1", "a key without `:`"),
        ("a: 'x\nb: 1", "1:4", "the quote is not closed"),
        ("a: [1, 2\n", "1:4", "`,` or a closing bracket is missing"),
        ("a: [1,\n", "1:4", "a value or a closing bracket is missing"),
        ("a: [1, 2\nb: 3", "2:2", "`,` or a closing bracket is missing"),
        ("a: @x", "1:4", "a value cannot start with `@`"),
        ("a: `x`", "1:4", "a value cannot start with a backtick"),
        ("a: '1'\n b: 2\n", "2:2", "the indentation does not fit the lines above"),
        ("a:\n  - b\n c: 1", "3:2", "the indentation does not fit the lines above"),
        ("- a\nb: c", "2:1", "the indentation does not fit the lines above"),
        ("a\x00: 1", "1:2", "control character U+0000"),
        ("a: 1\nb: x\x1by", "2:5", "control character U+001B"),
        ("a: x\u2028y", "1:5", "line separator U+2028"),
        ("a: x\x85y", "1:5", "line separator U+0085"),
        ("a: x\ufeffy", "1:5", "control character U+FEFF"),
        ("a: \ud800", "1:4", "control character U+D800"),
        ("a: %x", "1:4", "a value cannot start with `%`"),
    ],
)
def test_text_that_is_not_yaml_is_refused_at_its_place(text: str, place: str, message: str) -> None:
    assert the_problem(text) == ("LP101", f"p.yaml:{place}", f"not YAML: {message}")
    assert read_text(text).data == {}


def test_the_hint_names_the_bracket_that_is_open() -> None:
    (problem,) = read_text("a: [1, 2\nb: 3", "p.yaml").diagnostics
    assert problem.hint == "the bracket opened at p.yaml:1:4 is not closed"


@pytest.mark.parametrize("escape", ["\\ud83d", "\\UFFFFFFFF", "\\0", "\\a", "\\q", "\\uFFFE"])
def test_escapes_that_make_no_text_are_refused(escape: str) -> None:
    tree = read_text(f'a: "{escape}"')
    assert [problem.code for problem in tree.diagnostics] == ["LP101"]


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "null", "~", "\ufeff"])
def test_empty_documents_are_refused(text: str) -> None:
    assert the_problem(text) == ("LP102", "p.yaml:1:1", "the document is empty")


@pytest.mark.parametrize(
    ("text", "kind"), [("- a\n- b", "a list"), ("text", "a single value"), ("12", "a single value")]
)
def test_the_root_has_to_be_a_mapping(text: str, kind: str) -> None:
    assert the_problem(text) == ("LP102", "p.yaml:1:1", f"the document is {kind}, not a mapping")


def test_a_second_document_is_refused() -> None:
    code, place, message = the_problem("a: 1\n---\nb: 2\n")
    assert (code, place) == ("LP102", "p.yaml:2:1")
    assert "one document" in message


def test_a_document_may_start_with_a_marker_and_end_with_one() -> None:
    tree = read_text("%YAML 1.1\n---\na: 1\n...\n")
    assert (tree.data, tree.diagnostics) == ({"a": 1}, ())


def test_duplicate_keys_name_both_places_and_the_first_one_stays() -> None:
    tree = read_text('a:\n  b: 1\n  c: 2\n  "b": 3\n', "p.yaml")
    (problem,) = tree.diagnostics
    assert (problem.code, problem.path) == ("LP103", "$.a.b")
    assert problem.span == Span("p.yaml", 4, 3, 4, 6)
    assert problem.message == "duplicate key `b`, first written at p.yaml:2:3"
    assert tree.data == {"a": {"b": 1, "c": 2}}


def test_what_stands_under_a_duplicate_key_is_read_for_problems_too() -> None:
    tree = read_text("a: {b: 1}\na: {c: .nan, d: {e: 1, e: 2}}\n")
    assert [problem.code for problem in tree.diagnostics] == ["LP103", "LP106", "LP103"]
    assert tree.data == {"a": {"b": 1}}


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("a: &x 1\nb: *x\n", ["1:4", "2:4"]),
        ("a: &x [*x]\n", ["1:4", "1:8"]),
        ("a: &x {b: 1}\n", ["1:4"]),
        ("&x a: 1\n*x : 2\n", ["1:1", "2:1"]),
        ("<<: {a: 1}\n", ["1:1"]),
    ],
)
def test_anchors_aliases_and_merge_keys_are_refused(text: str, places: list[str]) -> None:
    tree = read_text(text, "p.yaml")
    assert [problem.code for problem in tree.diagnostics] == ["LP104"] * len(places)
    assert [str(problem.span) for problem in tree.diagnostics] == [f"p.yaml:{at}" for at in places]
    assert "include" in str(tree.diagnostics[0].hint)


def test_a_quoted_merge_sign_is_a_key_like_any_other() -> None:
    assert read_text("'<<': 1").data == {"<<": 1}


def test_an_alias_bomb_is_refused_without_growing() -> None:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    tree = read_text("\n".join(lines))
    assert {problem.code for problem in tree.diagnostics} == {"LP104"}
    assert len(tree.spans) < 150


@pytest.mark.parametrize("opening", ["[", "{", "{a: ", "- ", "? "])
def test_deep_nesting_is_refused(opening: str) -> None:
    tree = read_text("a:\n  " + opening * 5000)
    last = tree.diagnostics[-1]
    assert (last.code, last.message) == ("LP105", "nesting is deeper than 40")
    assert tree.data == {}


def test_forty_levels_are_allowed() -> None:
    assert read_text("a: " + "[" * 39 + "]" * 39).diagnostics == ()
    assert [p.code for p in read_text("a: " + "[" * 40 + "]" * 40).diagnostics] == ["LP105"]


def test_large_texts_are_refused() -> None:
    problem = the_problem("a: 1\n" + "#" * 1024 * 1024)
    assert problem == ("LP105", "p.yaml:1:1", "the document has more than 1,048,576 characters")


def test_many_values_are_refused(parser: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leadpolicy.documents.builder.MAX_NODES", 20)
    assert read_text("a: [" + "1, " * 17 + "]").diagnostics == ()
    code, _, message = the_problem("a: [" + "1, " * 18 + "]")
    assert (code, message) == ("LP105", "the document has more than 20 values")


def test_reading_stops_after_a_hundred_problems() -> None:
    tree = read_text("a: 1\n" * 5000)
    codes = [problem.code for problem in tree.diagnostics]
    assert codes.count("LP103") == 100
    assert codes.count("LP105") == 1


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (".nan", "`.nan` is not a finite number"),
        (".inf", "`.inf` is not a finite number"),
        ("-.INF", "`-.INF` is not a finite number"),
        ("!!float .inf", "`.inf` is not a finite number"),
        ("1e101", "the number `1e101` is too big"),
        ("1e-99999999999999999999", "the number `1e-99999999999999999999` is too big"),
        ("9" * 65, f"the number `{'9' * 59}…` is too big"),
        ("!foo x", "unknown tag `!foo`"),
        ("!!python/object/apply:os.system [ls]", "unknown tag `!!python/object/apply:os.system`"),
        ("!!set {a: }", "unknown tag `!!set`"),
        ("!!binary aGk=", "unknown tag `!!binary`"),
        ("!!timestamp 2024-01-01", "unknown tag `!!timestamp`"),
        ("!!int x", "`x` is not of type `!!int`"),
        ("!!map [1]", "unknown tag `!!map`"),
        ("!e!x 1", "unknown tag"),
    ],
)
def test_values_outside_the_core_schema_are_refused(value: str, message: str) -> None:
    assert the_problem(f"key: {value}\n") == ("LP106", "p.yaml:1:6", message)


@pytest.mark.parametrize("length", [64, 65])
def test_numbers_of_up_to_64_characters_are_read(length: int) -> None:
    tree = read_text(f"a: {'9' * length}")
    assert bool(tree.diagnostics) == (length > 64)


@pytest.mark.parametrize("key", ["1", "1.5", "true", "null", "~", "[a]", "{a: b}", "? [a, b]\n"])
def test_keys_are_text(key: str) -> None:
    tree = read_text(f"{key}: 1\nother: 2\n", "p.yaml")
    assert [problem.code for problem in tree.diagnostics] == ["LP106"]
    assert "quotes" in str(tree.diagnostics[0].hint)
    assert tree.data["other"] == 2


def test_tags_cannot_be_defined() -> None:
    assert the_problem("%TAG ! tag:x,2000:\n---\na: 1\n")[:2] == ("LP106", "p.yaml:1:1")


def test_all_problems_come_at_once_in_source_order() -> None:
    text = "a: .nan\nb: &x 1\nc: 1\nc: 2\nd: !t 1\n2: 3\n"
    problems = read_text(text).diagnostics
    assert [problem.code for problem in problems] == [
        "LP106",
        "LP104",
        "LP103",
        "LP106",
        "LP106",
    ]
    assert [problem.span.line for problem in problems if problem.span] == [1, 2, 4, 5, 6]


def test_problems_are_shown_with_line_and_caret() -> None:
    tree = read_text("name: b2b\npoints: .inf\n", "p.yaml")
    assert render_text(tree.diagnostics, tree.sources).splitlines() == [
        "p.yaml:2:9: error[LP106]: `.inf` is not a finite number",
        "    2 | points: .inf",
        "      |         ^^^^",
        "    hint: write a finite number",
    ]


def test_problems_carry_the_path_of_the_value() -> None:
    (problem,) = read_text("a:\n  - b: [1, .nan]\n").diagnostics
    assert problem.path == "$.a[0].b[1]"


def test_paths_quote_what_is_not_a_word() -> None:
    assert path_text(()) == "$"
    assert path_text(("größe", "a-b", 2, "x.y")) == "$.größe.a-b[2]['x.y']"


def test_include_and_extends_are_plain_keys_of_a_single_text(tmp_path: Path) -> None:
    text = "extends: base\ninclude: [x.yaml]\n"
    assert read_text(text).data == {"extends": "base", "include": ["x.yaml"]}
    file = tmp_path / "map.yaml"
    file.write_text(text, encoding="utf-8")
    tree = read_file(file)
    assert (tree.data, tree.files, tree.diagnostics) == (read_text(text).data, (file,), ())


def test_sources_can_be_written_to_a_terminal() -> None:
    tree = read_text("a: \udce4")
    tree.sources["<text>"].encode("utf-8")
    render_text(tree.diagnostics, tree.sources).encode("utf-8")
