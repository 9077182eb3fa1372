from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from cfnlint.api import lint
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schema_files import BAD, GOOD, NAMES, document, nodes, schema, schema_of, title, validator

from dtemplates.findings import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.mark.parametrize("name", NAMES)
def test_schema_says_what_it_is(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))
    assert schema(name)["$id"] == f"{name}.schema.json"
    assert all(schema(name)[word] for word in ("title", "description", "$comment"))


@pytest.mark.parametrize("name", NAMES)
def test_every_definition_is_used(name: str) -> None:
    unused = [
        each
        for each in schema(name).get("$defs", {})
        if f'"#/$defs/{each}"' not in json.dumps(schema(name))
    ]
    assert not unused


@pytest.mark.parametrize("name", NAMES)
def test_unknown_fields_are_refused(name: str) -> None:
    opened = [
        path
        for path, node in nodes(schema(name))
        if node.get("type") == "object" and "properties" in node
        if node.get("additionalProperties") is not False and "template" not in path
    ]
    assert not opened


def refusals(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        if node.get("not") == {}:
            yield node
        for child in node.values():
            yield from refusals(child)
    elif isinstance(node, list):
        for child in node:
            yield from refusals(child)


@pytest.mark.parametrize("name", NAMES)
def test_refusals_say_why(name: str) -> None:
    # A validator's own words for it, "should not be valid under {}", help nobody.
    assert all(node["description"].endswith(".") for node in refusals(schema(name)))


PATTERNS = {
    f"{name}: {dotted(path)}": (name, node)
    for name in NAMES
    for path, node in nodes(schema(name))
    if "pattern" in node
}


@pytest.mark.parametrize(("name", "node"), PATTERNS.values(), ids=PATTERNS)
@settings(max_examples=5, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
@given(data=st.data())
def test_trailing_newline_is_refused(name: str, node: dict[str, Any], data: Any) -> None:
    check = Draft202012Validator(node | {"$defs": schema(name).get("$defs", {})})
    matching = data.draw(st.from_regex(node["pattern"], fullmatch=True))
    assume(check.is_valid(matching))
    assert not check.is_valid(f"{matching}\n")


@pytest.mark.parametrize("name", NAMES)
def test_regular_expressions_mean_the_same_everywhere(name: str) -> None:
    # Rust has no lookaround; classes such as \d differ between Python, Rust and JavaScript.
    for word in ("(?", *(f"\\\\{letter}" for letter in "bBdDsSwWzZAG123")):
        assert word not in json.dumps(schema(name))


def test_there_are_files_for_every_schema() -> None:
    for files in (GOOD, BAD):
        assert {schema_of(file) for file in files} == set(NAMES)


@pytest.mark.parametrize("file", GOOD, ids=title)
def test_good_file_passes(file: Path) -> None:
    validator(schema_of(file)).validate(document(file))


@pytest.mark.parametrize("file", BAD, ids=title)
def test_bad_file_is_blamed_where_it_is_wrong(file: Path) -> None:
    first, *_ = file.read_text(encoding="utf-8").splitlines()
    errors = validator(schema_of(file)).iter_errors(document(file))
    blamed = {dotted(tuple(error.absolute_path)) or "(document)" for error in errors}
    assert blamed == {first.removeprefix("# blames ")}


@pytest.mark.parametrize(
    "file", [file for file in GOOD if schema_of(file) == "cloudformation_fsx"], ids=title
)
def test_cloudformation_linter_agrees(file: Path) -> None:
    assert lint(file.read_text(encoding="utf-8")) == []
