"""Several files: `include`, `extends`, origins, list files, and what may not be read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from leadpolicy.diagnostics import Diagnostic, Span
from leadpolicy.documents.source import CODES, Origin, Tree, origins, read_list_file, read_tree


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder, so that relative paths are what a person would type."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


def problems(tree: Tree) -> list[tuple[str, str]]:
    assert {problem.code for problem in tree.diagnostics} <= set(CODES)
    return [(problem.code, str(problem.span)) for problem in tree.diagnostics]


def the_problem(tree: Tree) -> Diagnostic:
    (problem,) = tree.diagnostics
    return problem


# --- one file ---------------------------------------------------------------------------------


def test_a_folder_means_its_policy_file() -> None:
    write({"policies/b2b/policy.yaml": "name: b2b\n"})
    for typed in (
        "policies/b2b",
        "policies/b2b/",
        "policies/b2b/policy.yaml",
        Path("policies/b2b"),
    ):
        tree = read_tree(typed)
        assert (tree.data, tree.diagnostics) == ({"name": "b2b"}, ())
        assert tree.files == (Path("policies/b2b/policy.yaml"),)
        assert tree.sources == {"policies/b2b/policy.yaml": "name: b2b\n"}
        assert str(tree.spans["name",]) == "policies/b2b/policy.yaml:1:7"


def test_the_typed_prefix_stays_in_the_shown_name(home: Path) -> None:
    write({"p/policy.yaml": "a: 1\n"})
    assert list(read_tree(home / "p").sources) == [(home / "p/policy.yaml").as_posix()]
    assert list(read_tree("../" + home.name + "/p").sources) == [f"../{home.name}/p/policy.yaml"]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("nowhere", "nowhere"),
        ("policies/b2c", "policies/b2c"),
        ("empty", "empty/policy.yaml"),
        ("policies/b2b/policy.yml", "policies/b2b/policy.yml"),
        ("x\0y", "x\0y"),
        ("x" * 5000, "x" * 5000),
    ],
)
def test_missing_files_are_a_problem(typed: str, shown: str) -> None:
    write({"policies/b2b/policy.yaml": "a: 1"})
    Path("empty").mkdir()
    tree = read_tree(typed)
    assert problems(tree) == [("LP107", f"{shown}:1:1")]
    assert (tree.data, tree.files, tree.sources) == ({}, (), {})


def test_a_missing_policy_gets_a_hint() -> None:
    write({"policies/b2b-de/policy.yaml": "a: 1"})
    problem = the_problem(read_tree("policies/b2b-dee"))
    assert problem.message == "file `policies/b2b-dee` not found"
    assert problem.hint == "did you mean `b2b-de`?"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_and_folders_are_not_files(home: Path) -> None:
    os.mkfifo(home / "pipe.yaml")
    Path("p/policy.yaml").mkdir(parents=True)
    assert problems(read_tree("pipe.yaml")) == [("LP107", "pipe.yaml:1:1")]
    assert problems(read_tree("p")) == [("LP107", "p/policy.yaml:1:1")]


def test_files_that_may_not_be_read_are_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    write({"p.yaml": "a: 1"})

    def refuse(path: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    problem = the_problem(read_tree("p.yaml"))
    assert (problem.code, problem.message) == (
        "LP107",
        "file `p.yaml` cannot be read: permission denied",
    )


def test_large_files_are_refused_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    write({"p.yaml": b"#" * (1024 * 1024 + 1)})
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("the file was opened"))
    problem = the_problem(read_tree("p.yaml"))
    assert (problem.code, problem.message) == (
        "LP105",
        "file `p.yaml` has more than 1,048,576 bytes",
    )


@pytest.mark.parametrize(
    ("content", "place", "message"),
    [
        ("a: grün\n".encode("latin-1"), "1:6", "the byte 0xFC is not UTF-8"),
        ("ä: 1\nb: x".encode() + b"\xff", "2:5", "the byte 0xFF is not UTF-8"),
        ("a: 1\n".encode("utf-16"), "1:1", "the text is UTF-16, not UTF-8"),
        (b"a: \x00", "1:4", "control character U+0000"),
    ],
)
def test_bytes_that_are_not_utf8_have_a_place(content: bytes, place: str, message: str) -> None:
    write({"p.yaml": content})
    tree = read_tree("p.yaml")
    assert problems(tree) == [("LP101", f"p.yaml:{place}")]
    assert the_problem(tree).message == f"not YAML: {message}"
    tree.sources["p.yaml"].encode("utf-8")


def test_a_byte_order_mark_does_not_move_columns() -> None:
    write({"p.yaml": b"\xef\xbb\xbfa: 1\n"})
    tree = read_tree("p.yaml")
    assert (tree.data, str(tree.spans["a",])) == ({"a": 1}, "p.yaml:1:4")


# --- include ----------------------------------------------------------------------------------


def test_included_files_are_merged_into_the_root() -> None:
    write(
        {
            "p/policy.yaml": "include: [record.yaml, parts/x.yaml]\nname: b2b\nscores: {a: 1}\n",
            "p/record.yaml": "record:\n  employees: number\n",
            "p/parts/x.yaml": "scores:\n  b: 2.5\n",
        }
    )
    tree = read_tree("p")
    assert tree.diagnostics == ()
    assert tree.data == {
        "name": "b2b",
        "scores": {"a": 1, "b": Decimal("2.5")},
        "record": {"employees": "number"},
    }
    assert str(tree.spans["scores", "b"]) == "p/parts/x.yaml:2:6"
    assert str(tree.key_spans["record", "employees"]) == "p/record.yaml:2:3"
    assert [path.as_posix() for path in tree.files] == list(tree.sources)
    assert list(tree.sources) == ["p/policy.yaml", "p/record.yaml", "p/parts/x.yaml"]


def test_included_files_include_from_their_own_folder() -> None:
    write(
        {
            "p/policy.yaml": "include: parts/all.yaml\n",
            "p/parts/all.yaml": "include: one.yaml\na: 1\n",
            "p/parts/one.yaml": "b: 2\n",
        }
    )
    tree = read_tree("p")
    assert (tree.data, tree.diagnostics) == ({"a": 1, "b": 2}, ())


@pytest.mark.parametrize(
    ("one", "two"), [("1", "2"), ("[1]", "[2]"), ("{x: 1}", "2"), ("1", "{x: 1}"), ("null", "1")]
)
def test_a_name_that_two_files_define_is_a_problem(one: str, two: str) -> None:
    write({"p/policy.yaml": f"include: x.yaml\na: {{b: {one}}}\n", "p/x.yaml": f"a:\n  b: {two}\n"})
    problem = the_problem(read_tree("p"))
    assert (problem.code, problem.path, str(problem.span)) == ("LP103", "$.a.b", "p/x.yaml:2:3")
    assert problem.message == "`b` is defined twice, first at p/policy.yaml:2:5"


@pytest.mark.parametrize(
    "name", ["../q/x.yaml", "/etc/passwd", "a/../../q/x.yaml", "..", "C:/x.yaml", "'..\\q\\x.yaml'"]
)
def test_include_stays_inside_the_folder(name: str) -> None:
    write({"p/policy.yaml": f"include:\n  - {name}\na: 1\n", "q/x.yaml": "b: 2\n"})
    tree = read_tree("p")
    assert problems(tree) == [("LP108", "p/policy.yaml:2:5")]
    assert (tree.data, list(tree.sources)) == ({"a": 1}, ["p/policy.yaml"])


def test_links_that_lead_out_of_the_folder_are_refused() -> None:
    write({"p/policy.yaml": "include: [x.yaml, d/x.yaml, in.yaml]\n", "q/x.yaml": "secret: 1\n"})
    write({"p/y.yaml": "fine: 1\n"})
    Path("p/x.yaml").symlink_to("../q/x.yaml")
    Path("p/d").symlink_to("../q")
    Path("p/in.yaml").symlink_to("y.yaml")
    tree = read_tree("p")
    assert [code for code, _ in problems(tree)] == ["LP108", "LP108"]
    assert tree.data == {"fine": 1}


def test_links_that_run_in_a_circle_are_a_problem() -> None:
    write({"p/policy.yaml": "include: [x.yaml]\na: 1\n"})
    Path("p/x.yaml").symlink_to("y.yaml")
    Path("p/y.yaml").symlink_to("x.yaml")
    tree = read_tree("p")
    assert [code for code, _ in problems(tree)] in (["LP107"], ["LP108"])
    assert [code for code, _ in problems(read_tree("p/x.yaml"))] == ["LP107"]


@pytest.mark.parametrize("name", ["scoers.yaml", "'.'", "''", "parts", "scores.yaml/x"])
def test_included_files_that_do_not_exist_are_a_problem(name: str) -> None:
    write({"p/policy.yaml": f"include: [{name}]\na: 1\n", "p/scores.yaml": "", "p/parts/x": ""})
    tree = read_tree("p")
    assert problems(tree) == [("LP107", "p/policy.yaml:1:11")]
    assert tree.data == {"a": 1}


def test_a_misspelt_include_gets_a_hint() -> None:
    write({"p/policy.yaml": "include: [scoers.yaml]\n", "p/scores.yaml": ""})
    problem = the_problem(read_tree("p"))
    assert problem.message == "file `p/scoers.yaml` not found"
    assert problem.hint == "did you mean `scores.yaml`?"


@pytest.mark.parametrize("value", ["12", "{a: b}", "[1]", "[[x.yaml]]", "null", "[null]", "true"])
def test_include_takes_file_names(value: str) -> None:
    write({"p/policy.yaml": f"include: {value}\na: 1\n"})
    tree = read_tree("p")
    assert [code for code, _ in problems(tree)] == ["LP107"]
    assert tree.data == {"a": 1}


def test_cyclic_includes_are_shown_as_a_chain() -> None:
    write(
        {
            "p/policy.yaml": "include: [x.yaml]\n",
            "p/x.yaml": "include: [y.yaml]\na: 1\n",
            "p/y.yaml": "include: [x.yaml]\nb: 1\n",
        }
    )
    tree = read_tree("p")
    assert problems(tree) == [("LP109", "p/y.yaml:1:11")]
    assert the_problem(tree).message == "cyclic `include`: p/x.yaml -> p/y.yaml -> p/x.yaml"
    assert tree.data == {"a": 1, "b": 1}


def test_a_document_that_includes_itself_is_cyclic() -> None:
    write({"p/policy.yaml": "include: [policy.yaml]\na: 1\n"})
    assert the_problem(read_tree("p")).message == (
        "cyclic `include`: p/policy.yaml -> p/policy.yaml"
    )


def test_a_file_is_included_once() -> None:
    write({"p/policy.yaml": "include: [x.yaml, ./x.yaml]\n", "p/x.yaml": "a: 1\n"})
    tree = read_tree("p")
    assert problems(tree) == [("LP103", "p/policy.yaml:1:19")]
    assert tree.data == {"a": 1}


def test_problems_of_all_files_come_at_once() -> None:
    write(
        {
            "p/policy.yaml": "include: [x.yaml, y.yaml]\na: .nan\n",
            "p/x.yaml": "- 1\n",
            "p/y.yaml": "b: &x 1\n",
        }
    )
    assert problems(read_tree("p")) == [
        ("LP106", "p/policy.yaml:2:4"),
        ("LP102", "p/x.yaml:1:1"),
        ("LP104", "p/y.yaml:1:4"),
    ]


def test_a_policy_has_a_bounded_number_of_files() -> None:
    names = [f"f{number}.yaml" for number in range(64)]
    write({f"p/{name}": f"{name[:-5]}: 1\n" for name in names})
    write({"p/policy.yaml": f"include: [{', '.join(names)}]\n"})
    tree = read_tree("p")
    assert [code for code, _ in problems(tree)] == ["LP105"]
    assert len(tree.files) == 64
    write({"p/policy.yaml": f"include: [{', '.join([*names, 'x'])}]\n"})
    assert [code for code, _ in problems(read_tree("p"))] == ["LP105"]


def test_the_files_of_a_policy_have_a_bounded_size() -> None:
    names = [f"f{number}.yaml" for number in range(6)]
    write({f"p/{name}": f"{name[:-5]}: 1\n" + "#" * 1_000_000 for name in names})
    write({"p/policy.yaml": f"include: [{', '.join(names)}]\n"})
    tree = read_tree("p")
    assert problems(tree) == [("LP105", "p/policy.yaml:1:56")]
    assert len(tree.data) == 5


# --- extends ----------------------------------------------------------------------------------

BASE = """\
name: base
mql: {employees: 10, downloads: 3}
freemail: [gmail.com, gmx.de]
sla: {hours: 4}
"""


def test_a_policy_extends_a_pack_and_overrides_parts() -> None:
    write({"policies/base/policy.yaml": BASE})
    own = "extends: base\nname: own\nmql:\n  employees: 50\n  region: de\n"
    write({"policies/own/policy.yaml": own})
    tree = read_tree("policies/own")
    assert tree.diagnostics == ()
    assert tree.extends == ("base",)
    assert tree.data == {
        "name": "own",
        "mql": {"employees": 50, "downloads": 3, "region": "de"},
        "freemail": ["gmail.com", "gmx.de"],
        "sla": {"hours": 4},
    }
    assert str(tree.spans["mql", "employees"]) == "policies/own/policy.yaml:4:14"
    assert str(tree.spans["mql", "downloads"]) == "policies/base/policy.yaml:2:33"
    assert list(tree.sources) == ["policies/own/policy.yaml", "policies/base/policy.yaml"]


def test_lists_are_replaced_and_null_deletes() -> None:
    write({"base/policy.yaml": BASE})
    write(
        {"own/policy.yaml": "extends: base\nfreemail: [web.de]\nsla: null\nmql: {downloads: ~}\n"}
    )
    tree = read_tree("own")
    assert tree.diagnostics == ()
    assert tree.data == {"name": "base", "mql": {"employees": 10}, "freemail": ["web.de"]}
    assert ("sla",) not in tree.spans
    assert ("freemail", 1) not in tree.spans


@pytest.mark.parametrize("value", ["1", "[1]", "text"])
def test_a_mapping_and_another_value_replace_each_other(value: str) -> None:
    write({"base/policy.yaml": f"a: {{b: 1}}\nc: {value}\n"})
    write({"own/policy.yaml": f"extends: base\na: {value}\nc: {{d: 1}}\n"})
    tree = read_tree("own")
    assert tree.diagnostics == ()
    assert tree.data["c"] == {"d": 1}
    assert not isinstance(tree.data["a"], dict)


@pytest.mark.parametrize(
    ("child", "path", "name"),
    [("slla: null", "$.slla", "slla"), ("mql: {employes: null}", "$.mql.employes", "employes")],
)
def test_deleting_what_is_not_there_is_a_problem(child: str, path: str, name: str) -> None:
    write({"base/policy.yaml": BASE, "own/policy.yaml": f"extends: base\n{child}\n"})
    tree = read_tree("own")
    problem = the_problem(tree)
    assert (problem.code, problem.path) == ("LP111", path)
    assert problem.message == f"`{name}` is deleted here, but no parent defines it"
    assert str(problem.hint).startswith("did you mean")
    assert name not in str(tree.data)


def test_null_is_a_value_where_nothing_is_extended() -> None:
    write({"base/policy.yaml": "a: null\nb: {c: null}\n"})
    assert read_tree("base").data == {"a": None, "b": {"c": None}}
    write({"own/policy.yaml": "extends: base\nnew: {d: null}\n"})
    tree = read_tree("own")
    assert tree.diagnostics == ()
    assert tree.data == {"a": None, "b": {"c": None}, "new": {"d": None}}


def test_an_included_file_of_the_child_overrides_the_parent() -> None:
    write({"base/policy.yaml": "include: x.yaml\n", "base/x.yaml": "a: {b: 1, c: 1}\n"})
    write({"own/policy.yaml": "extends: base\ninclude: y.yaml\n", "own/y.yaml": "a: {b: 2}\n"})
    tree = read_tree("own")
    assert (tree.data, tree.diagnostics) == ({"a": {"b": 2, "c": 1}}, ())
    assert str(tree.overrides["a", "b"]) == "base/x.yaml:1:5"


def test_extends_may_stand_in_an_included_file() -> None:
    write({"base/policy.yaml": "a: 1\n"})
    write({"own/policy.yaml": "include: y.yaml\n", "own/y.yaml": "extends: base\nb: 2\n"})
    tree = read_tree("own")
    assert (tree.data, tree.extends) == ({"a": 1, "b": 2}, ("base",))


def test_later_packs_go_over_earlier_ones() -> None:
    write({"a/policy.yaml": "x: a\ny: a\nz: a\n", "b/policy.yaml": "y: b\nz: b\n"})
    write({"own/policy.yaml": "extends: [a, b]\nz: own\n"})
    tree = read_tree("own")
    assert tree.data == {"x": "a", "y": "b", "z": "own"}
    assert tree.extends == ("a", "b")


def test_a_shared_parent_is_applied_once_and_below_its_children() -> None:
    write({"base/policy.yaml": "x: base\ny: base\n"})
    write({"a/policy.yaml": "extends: base\nx: a\n", "b/policy.yaml": "extends: base\ny: b\n"})
    write({"own/policy.yaml": "extends: [a, b]\n"})
    tree = read_tree("own")
    assert (tree.data, tree.diagnostics) == ({"x": "a", "y": "b"}, ())
    assert len(tree.files) == 4


def test_packs_are_looked_up_in_the_given_folders_first() -> None:
    write({"shipped/base/policy.yaml": "from: shipped\n", "mine/base/policy.yaml": "from: mine\n"})
    write({"mine/own/policy.yaml": "extends: base\n"})
    assert read_tree("mine/own").data == {"from": "mine"}
    tree = read_tree("mine/own", packs=["nowhere", Path("shipped")])
    assert tree.data == {"from": "shipped"}
    assert "shipped/base/policy.yaml" in tree.sources


@pytest.mark.parametrize(
    ("at", "typed", "shown"),
    [
        ("own", ".", "../base/policy.yaml"),
        ("own", "policy.yaml", "../base/policy.yaml"),
        ("own/deep", "..", "../../base/policy.yaml"),
        (".", "own", "base/policy.yaml"),
        (".", "own/policy.yaml", "base/policy.yaml"),
    ],
)
def test_neighbours_are_found_from_every_folder(
    at: str, typed: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write({"base/policy.yaml": "a: 1\n", "own/policy.yaml": "extends: base\n", "own/deep/x": ""})
    monkeypatch.chdir(at)
    tree = read_tree(typed)
    assert (tree.data, tree.diagnostics) == ({"a": 1}, ())
    assert shown in tree.sources


def test_unknown_packs_get_a_hint() -> None:
    write({"policies/b2b-de/policy.yaml": "a: 1\n", "policies/other/readme": "", "more/x": ""})
    write({"policies/own/policy.yaml": "extends: [b2b-dee]\nb: 1\nc: null\n"})
    tree = read_tree("policies/own", packs=["more"])
    problem = the_problem(tree)
    assert (problem.code, str(problem.span)) == ("LP110", "policies/own/policy.yaml:1:11")
    assert (problem.message, problem.hint) == ("unknown pack `b2b-dee`", "did you mean `b2b-de`?")
    assert tree.data == {"b": 1, "c": None}


@pytest.mark.parametrize(
    "name", ["../base", "/abs", "Base", "base/", "'..'", "''", "a_b", "'-a'", "'a\\b'", "a" * 5000]
)
def test_packs_are_named_and_never_pointed_to(name: str) -> None:
    write({"base/policy.yaml": "a: 1\n", "own/policy.yaml": f"extends: {name}\n"})
    tree = read_tree("own")
    assert [code for code, _ in problems(tree)] == ["LP110"]
    assert "is not the name of a pack" in the_problem(tree).message
    assert list(tree.sources) == ["own/policy.yaml"]


@pytest.mark.parametrize("value", ["12", "{a: b}", "[1]", "null", "[[base]]"])
def test_extends_takes_pack_names(value: str) -> None:
    write({"base/policy.yaml": "a: 1\n", "own/policy.yaml": f"extends: {value}\nb: 1\n"})
    tree = read_tree("own")
    assert [code for code, _ in problems(tree)] == ["LP110"]
    assert tree.data == {"b": 1}


def test_cyclic_extends_is_shown_as_a_chain() -> None:
    write({"a/policy.yaml": "extends: b\nx: 1\n", "b/policy.yaml": "extends: c\ny: 1\n"})
    write({"c/policy.yaml": "extends: b\nz: 1\n"})
    tree = read_tree("a")
    assert problems(tree) == [("LP109", "c/policy.yaml:1:10")]
    assert the_problem(tree).message == "cyclic `extends`: b -> c -> b"
    assert tree.data == {"x": 1, "y": 1, "z": 1}


def test_a_policy_that_extends_itself_is_cyclic() -> None:
    write({"own/policy.yaml": "extends: own\na: 1\n"})
    tree = read_tree("own/policy.yaml")
    assert problems(tree) == [("LP109", "own/policy.yaml:1:10")]
    assert the_problem(tree).message == "cyclic `extends`: own -> own"


def test_a_broken_pack_does_not_hide_the_policy() -> None:
    write({"base/policy.yaml": "a: [1\n", "own/policy.yaml": "extends: base\nb: 1\nc: null\n"})
    tree = read_tree("own")
    assert problems(tree) == [("LP101", "base/policy.yaml:1:4")]
    assert tree.data == {"b": 1, "c": None}


def test_long_chains_of_packs_end() -> None:
    write({f"p{n}/policy.yaml": f"extends: p{n + 1}\nk{n}: 1\n" for n in range(100)})
    tree = read_tree("p0")
    assert [code for code, _ in problems(tree)] == ["LP105"]
    assert len(tree.data) == 64


# --- origins ----------------------------------------------------------------------------------


def test_origins_name_the_file_and_what_is_overridden() -> None:
    write({"base/policy.yaml": "a: {b: 1, c: 2}\nl: [x, y]\n"})
    write({"own/policy.yaml": "extends: base\na:\n  b: 3\nn: 4\nl: [z]\n"})
    tree = read_tree("own")
    found = {origin.path: origin for origin in origins(tree)}
    assert list(found) == [("a",), ("a", "b"), ("a", "c"), ("l",), ("l", 0), ("n",)]

    def place(file: str, line: int, column: int, end: int) -> Span:
        return Span(f"{file}/policy.yaml", line, column, line, end)

    assert found["a", "b"] == Origin(("a", "b"), place("own", 3, 3, 4), place("base", 1, 5, 6))
    assert found["a", "c"] == Origin(("a", "c"), place("base", 1, 11, 12))
    assert found["a",] == Origin(("a",), place("own", 2, 1, 2), place("base", 1, 1, 2))
    assert found["n",] == Origin(("n",), place("own", 4, 1, 2))
    assert found["l", 0] == Origin(("l", 0), place("own", 5, 5, 6))
    assert found["l",].overrides == place("base", 2, 1, 2)


def test_the_nearest_parent_is_the_one_overridden() -> None:
    write({"a/policy.yaml": "x: 1\n", "b/policy.yaml": "extends: a\nx: 2\n"})
    write({"c/policy.yaml": "extends: b\nx: 3\n"})
    (origin,) = origins(read_tree("c"))
    assert str(origin.overrides) == "b/policy.yaml:2:1"


# --- list files -------------------------------------------------------------------------------


def test_list_files_hold_one_entry_per_line() -> None:
    write(
        {"p/free.txt": "\ufeff# freemail\ngmail.com\n\n  gmx.de  # large\r\nweb.de\t#x\na#b\nö.de"}
    )
    entries, found = read_list_file("p", "free.txt")
    assert entries == ("gmail.com", "gmx.de", "web.de", "a#b", "ö.de")
    assert found == ()


@pytest.mark.parametrize(
    ("name", "code", "place"),
    [
        ("../q/free.txt", "LP108", "p/../q/free.txt:1:1"),
        ("/etc/hostname", "LP108", "/etc/hostname:1:1"),
        ("link.txt", "LP108", "p/link.txt:1:1"),
        ("none.txt", "LP107", "p/none.txt:1:1"),
        ("", "LP107", "p:1:1"),
        ("a\0b", "LP107", "p/a\0b:1:1"),
        ("latin.txt", "LP101", "p/latin.txt:2:3"),
        ("zero.txt", "LP101", "p/zero.txt:1:2"),
    ],
)
def test_list_files_that_cannot_be_read_are_a_problem(name: str, code: str, place: str) -> None:
    write({"q/free.txt": "x\n", "p/latin.txt": b"a\nbb\xfc\n", "p/zero.txt": "a\0"})
    Path("p/link.txt").symlink_to("../q/free.txt")
    entries, (problem,) = read_list_file("p", name)
    assert (entries, problem.code, str(problem.span)) == ((), code, place)


def test_large_list_files_are_refused() -> None:
    write({"p/big.txt": b"x\n" * (5 * 1024 * 1024 // 2 + 1)})
    entries, (problem,) = read_list_file("p", "big.txt")
    assert (entries, problem.code) == ((), "LP105")
