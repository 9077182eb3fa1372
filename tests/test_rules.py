"""Each rule on its examples: `rules/DT201/bad*.yaml` breaks it, `good*.yaml` breaks none at all.

An example is a settings file, or manifests made elsewhere. `#! line:column words` in a bad one says
where a finding of its rule points, and words that are in its message; without any it is enough that
there is one.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from dtemplates.findings import Finding
from dtemplates.inspection import inspect
from dtemplates.rules import all_rules

FOLDER = Path(__file__).parent / "rules"
RULES = all_rules()
BAD = sorted(FOLDER.glob("DT*/bad*.yaml"))
GOOD = sorted(FOLDER.glob("DT*/good*.yaml"))
MARK = "#! "


def findings(path: Path) -> list[Finding]:
    report = inspect([path])
    assert all(result.status != "unreadable" for result in report.results)
    return [finding for result in report.results for finding in result.findings]


def is_settings(path: Path) -> bool:
    document = next(yaml.safe_load_all(path.read_text("utf-8")))
    return isinstance(document, dict) and "cluster" in document


def test_every_rule_has_both_examples() -> None:
    for each in RULES:
        assert list(FOLDER.glob(f"{each.id}/bad*.yaml")), f"{each.id} has no bad example"
        assert list(FOLDER.glob(f"{each.id}/good*.yaml")), f"{each.id} has no good example"
    assert {path.name for path in FOLDER.iterdir()} == {each.id for each in RULES}


def test_rules_tell_all_about_themselves() -> None:
    assert len({each.id for each in RULES}) == len(RULES)
    for each in RULES:
        for text in (each.title, each.symptom, each.remedy):
            assert text.strip() == text
            assert len(text) > 10
        assert each.source.startswith("https://")
        assert not each.title.endswith(".")
        assert not each.remedy.endswith(".")
        assert each.symptom.endswith(".")


@pytest.mark.parametrize("path", BAD, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_bad(path: Path) -> None:
    found = [one for one in findings(path) if one.id == path.parent.name]
    assert found, "its rule finds nothing"
    marks = [
        line.removeprefix(MARK).split(" ", 1)
        for line in path.read_text("utf-8").splitlines()
        if line.startswith(MARK)
    ]
    for place, words in marks:
        assert any(
            words in one.message and one.place.endswith(f"{path.name}:{place}") for one in found
        ), [str(one) for one in found]
    rendered = is_settings(path)
    for one in found:
        assert one.remedy
        assert one.line is not None
        assert one.excerpt
        assert Path(one.file).name == path.name
        if rendered:
            assert "." not in Path(one.file).stem


@pytest.mark.parametrize("path", GOOD, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_good(path: Path) -> None:
    assert [str(one) for one in findings(path)] == []


@pytest.mark.parametrize("path", BAD, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_bad_breaks_nothing_that_a_schema_sees(path: Path) -> None:
    others = {one.id for one in findings(path)} & {"DT001", "DT003", "DT006"}
    assert not others, [str(one) for one in findings(path)]
