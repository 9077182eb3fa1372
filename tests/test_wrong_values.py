"""No file ends in a traceback: every JSON type, and odd texts, at every place of real documents.

The gate tries some of them, chosen by chance from a seed; `DTEMPLATES_SEED` gives another, and
`pytest --all-values` tries every single one.
"""

from __future__ import annotations

import json
import os
import random
import re
import traceback
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner
from wrong_values import (
    TEXTS,
    TYPES,
    Files,
    all_changes,
    all_files,
    all_settings,
    changed,
    one_change,
    places,
    put,
    text_of,
)

import dtemplates
from dtemplates import checking, resources, schema_check
from dtemplates.cli import app
from dtemplates.files import display_name
from dtemplates.folding import folded
from dtemplates.formats.as_json import as_json
from dtemplates.formats.github import commands
from dtemplates.formats.sarif import log
from dtemplates.formats.text import lines, pictures
from dtemplates.inspection import inspect
from dtemplates.manifests import Manifest
from dtemplates.rules import topics

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dtemplates.findings import Finding

SEED = os.environ.get("DTEMPLATES_SEED", "2019")
PARTS = 8
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\ud800-\udfff]")
PATCHED = ("classic", "current", "dynamic-fsx", "fsx-stack")
BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
COLOR = re.compile("\x1b\\[[0-9;]*m")


def look(findings: Iterable[Finding], texts: dict[str, str]) -> None:
    """Look at each finding: its words, and its place in the file."""
    for one in findings:
        assert one.message
        assert not CONTROL.search(one.message + one.remedy), ascii(one.message)
        assert one.line is None or one.line > 0
        if one.line is None:
            assert one.file not in texts or one.message == "holds no settings, only comments"
        elif one.file in texts:
            assert one.column is not None
            line = BREAK.split(texts[one.file])[one.line - 1]
            assert 1 <= one.column <= len(line) + 1


def write(found: list[Finding]) -> None:
    """Write findings in every format."""
    shown = len(folded(found))
    told = lines(found)
    assert told.count("\n") == shown
    assert not CONTROL.search(told)
    for color, width in ((False, 80), (True, 30)):
        drawn = pictures(found, color=color, width=width)
        assert not CONTROL.search(COLOR.sub("", drawn))
    assert len(json.loads(as_json(found))["findings"]) == shown
    assert commands(found).count("\n") == shown
    (run,) = json.loads(log(found, topics(), "1"))["runs"]
    assert len(run["results"]) == shown


class Attempts:
    """What was tried, and all that it ended in otherwise than in findings."""

    def __init__(self) -> None:
        self.count = 0
        self.crashes: dict[str, str] = {}
        self._found: list[Finding] = []

    def manifests(self, what: str, files: Files) -> None:
        """Check manifests as they are found anywhere."""
        try:
            found = dtemplates.validate(files.manifests)
            look(found, {one.file: one.text for one in files.manifests})
            self._tell(found)
        except Exception as error:
            self._note(what, error)

    def settings(self, what: str, document: Any, folder: Path) -> None:
        """Check settings, and what they render."""
        try:
            text = text_of([document])
            path = folder / "dtemplates.yaml"
            path.write_text(text, "utf-8")
            report = inspect([path])
            assert report.exit_code() in (0, 1, 2)
            look(report.findings, {display_name(path): text})
            self._tell(report.findings)
        except Exception as error:
            self._note(what, error)

    def end(self) -> None:
        """Fail with all that went wrong."""
        try:
            write(self._found)
        except Exception as error:
            self._note("formats", error)
        assert self.count
        assert not self.crashes, "\n".join(f"{key}: {what}" for key, what in self.crashes.items())

    def _tell(self, found: list[Finding]) -> None:
        self.count += 1
        self._found += found
        if len(self._found) > 500:
            found, self._found = self._found, []
            write(found)

    def _note(self, what: str, error: Exception) -> None:
        self.count += 1
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
        self.crashes.setdefault(where, f"{what} ({ascii(str(error))[:200]})")


# What expressions are made of, as Jinja takes them apart.
TOKENS = (
    *("matrix", "job", ".n", ".name", "[0]", "['n']", "(", ")", "[", "]", "{", "}", ",", ":", "\n"),
    *("+", "-", "*", "/", "//", "%", "**", "~", "==", "<", " in ", " not ", " and ", " or ", "é"),
    *(" if ", " else ", " is ", "|round", "|int", "|join", "|length", "|string", "|x"),
    *(
        "|replace('', 'a')",
        "0",
        "1",
        "-1",
        "1.5",
        "1e308",
        "1e999",
        "-1000000000",
        "1000000000",
        "9" * 30,
    ),
    *("none", "true", "''", "'a'", "'²'", r"'\ud800'", r"'\x'", "'", "\\", "{{", "{%", "#}"),
)


def all_of(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--all-values"))


def all_cases(part: int) -> Iterator[tuple[str, Files]]:
    """Yield every single change of every document, one of `PARTS` of them."""
    seen: Counter[Any] = Counter()
    number = 0
    for files in all_files():
        for file, position in files.places():
            document = files.manifests[file].documents[position]
            for what, place, value in all_changes(document, seen):
                number += 1
                if number % PARTS == part:
                    changed = put(document, place, value)
                    yield (
                        f"{files.manifests[file].file} {what}",
                        files.with_document(file, position, changed),
                    )


def some_cases(chance: random.Random, count: int, changes: int) -> Iterator[tuple[str, Files]]:
    for _ in range(count):
        files, said = chance.choice(all_files()), ""
        for _ in range(changes):
            # Documents that are null are none.
            if not (left := list(files.places())):
                break
            file, number = chance.choice(left)
            manifest = files.manifests[file]
            what, document = changed(manifest.documents[number], chance)
            files, said = files.with_document(file, number, document), f"{said} {what}"
        yield f"{manifest.file}{said}", files


@pytest.fixture
def schemas_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold the manifests that are not changed against their schemas once, and not in every case."""
    own = {id(one) for files in all_files() for one in files.manifests}
    known: dict[tuple[int, int, str], Any] = {}

    def complaints(manifest: Manifest, number: int, value: Any, kubernetes: str) -> Any:
        key = (id(manifest), number, kubernetes)
        if key not in known:
            found = schema_check.complaints(manifest, number, value, kubernetes)
            if id(manifest) not in own:
                return found
            known[key] = found
        return known[key]

    monkeypatch.setattr(checking, "complaints", complaints)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.usefixtures("schemas_once")
def test_one_wrong_value(part: int, request: pytest.FixtureRequest) -> None:
    chance = random.Random(f"{SEED} {part}")  # noqa: S311
    attempts = Attempts()
    for what, files in all_cases(part) if all_of(request) else some_cases(chance, 60, 1):
        attempts.manifests(what, files)
    attempts.end()


@pytest.mark.parametrize("part", range(2))
def test_two_wrong_values(part: int, request: pytest.FixtureRequest) -> None:
    chance = random.Random(f"{SEED} two {part}")  # noqa: S311
    attempts = Attempts()
    for what, files in some_cases(chance, 20_000 if all_of(request) else 60, 2):
        attempts.manifests(what, files)
    attempts.end()


def under_another_kind(chance: random.Random | None) -> Iterator[tuple[str, Files]]:
    """Yield bodies under other kinds than their own: all of them, or by chance."""
    found = [one for files in all_files() for each in files.manifests for one in each.documents]
    bodies = [one for one in found if isinstance(one, dict)]
    kinds = {(one.get("apiVersion"), one.get("kind")): None for one in bodies}
    named = [one for one in kinds if all(isinstance(part, str) for part in one)]
    pairs = [(body, kind) for body in bodies for kind in named]
    for body, (version, kind) in chance.sample(pairs, 200) if chance else pairs:
        document = {**body, "apiVersion": version, "kind": kind}
        what = f"{body.get('kind')} {body.get('metadata')} as {version} {kind}"
        yield what, Files((Manifest("a.yaml", text_of([document])),))


def test_bodies_of_other_kinds(request: pytest.FixtureRequest) -> None:
    chance = None if all_of(request) else random.Random(SEED)  # noqa: S311
    attempts = Attempts()
    for what, files in under_another_kind(chance):
        attempts.manifests(what, files)
    attempts.end()


def all_wrong_settings(part: int) -> Iterator[tuple[str, Any]]:
    seen: Counter[Any] = Counter()
    number = 0
    for name, document in all_settings().items():
        for what, place, value in all_changes(document, seen):
            number += 1
            if number % PARTS == part:
                yield f"{name} {what}", put(document, place, value)


def some_wrong_settings(
    chance: random.Random, count: int, changes: int
) -> Iterator[tuple[str, Any]]:
    for _ in range(count):
        name, document = chance.choice(list(all_settings().items()))
        said = name
        for _ in range(changes):
            what, document = changed(document, chance)
            said += f" {what}"
        yield said, document


@pytest.mark.parametrize("part", range(PARTS))
def test_one_wrong_setting(part: int, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    chance = random.Random(f"{SEED} {part}")  # noqa: S311
    some = some_wrong_settings(chance, 30, 1)
    attempts = Attempts()
    for what, document in all_wrong_settings(part) if all_of(request) else some:
        attempts.settings(what, document, tmp_path)
    attempts.end()


@pytest.mark.parametrize("part", range(2))
def test_two_wrong_settings(part: int, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    chance = random.Random(f"{SEED} two {part}")  # noqa: S311
    count = 5_000 if all_of(request) else 30
    attempts = Attempts()
    for what, document in some_wrong_settings(chance, count, 2):
        attempts.settings(what, document, tmp_path)
    attempts.end()


def patched(chance: random.Random | None) -> Iterator[tuple[str, Any]]:
    """Yield settings with a patch that puts something at one place of what they render."""
    seen: Counter[Any] = Counter()
    examples = [yaml.safe_load(resources.example(name)) for name in PATCHED]
    for example in examples:
        for manifest in dtemplates.render(dtemplates.build(example)):
            for document in manifest.documents:
                some = [one_change(document, chance)] if chance else all_changes(document, seen, 1)
                for what, place, value in some:
                    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in place)
                    pointer = "".join(f"/{part}" for part in parts)
                    operation = {"op": "replace", "path": pointer, "value": value}
                    patch = {"target": {"file": manifest.file}, "json6902": [operation]}
                    patches = [*example.get("patches", []), patch]
                    yield f"{manifest.file} {what}", {**example, "patches": patches}


def test_wrong_patches(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    chance = None if all_of(request) else random.Random(SEED)  # noqa: S311
    attempts = Attempts()
    for what, document in patched(chance):
        attempts.settings(what, document, tmp_path)
    attempts.end()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=8), st.sampled_from(("", "a-")))
def test_wrong_expressions(tokens: list[str], before: str) -> None:
    document = {
        "cluster": {"name": "demo", "region": "us-east-1"},
        "nodegroups": [{"name": "gpu", "instance_type": "g5.12xlarge"}],
        "job_defaults": {"image": "example/a:1", "gpus": 4, "command": ["a"]},
        "jobs": [
            {
                "name": "a-${{ matrix.n }}",
                "matrix": {"n": [1, "b"], "m": [[1, None], {"a": True}]},
                "env": {"A": before + "${{" + "".join(tokens) + "}}"},
            }
        ],
    }
    text = text_of([document])
    try:
        dtemplates.parse(text, name="a.yaml")
    except dtemplates.SettingsError as error:
        look(error.findings, {"a.yaml": text})


def test_wrong_overrides(request: pytest.FixtureRequest) -> None:
    chance = random.Random(SEED)  # noqa: S311
    document = yaml.safe_load(resources.example("current"))
    text = text_of([document])
    attempts = [
        (".".join(str(part).replace(".", "\\.") for part in place), value)
        for place in places(document)
        for value in (*TYPES, *TEXTS)
    ]
    for name, value in attempts if all_of(request) else chance.sample(attempts, 100):
        for written in (json.dumps(value, ensure_ascii=False), str(value)):
            try:
                dtemplates.parse(text, name="a.yaml", overrides=[f"{name}={written}"])
            except dtemplates.InputError as error:
                look(error.findings, {"a.yaml": text})


@pytest.mark.parametrize("format", ["text", "json", "github", "sarif"])
@pytest.mark.parametrize("number", range(4))
def test_command_line_with_wrong_values(number: int, format: str, tmp_path: Path) -> None:
    chance = random.Random(f"{SEED} {number}")  # noqa: S311
    for what, files in some_cases(chance, 5, 2):
        for one in files.manifests:
            path = tmp_path / one.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(one.text, "utf-8")
        done = CliRunner().invoke(app, ["validate", str(tmp_path), "--format", format])
        assert done.exit_code in (0, 1, 2), what
        assert isinstance(done.exception, SystemExit | None), what
