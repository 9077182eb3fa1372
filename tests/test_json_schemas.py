"""Two libraries judge by one schema: they must agree, or a wrong document could pass."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from typing import Any

import pytest
from schema_files import BAD, GOOD, document, schema_of, title
from wrong_values import at, places, put, type_changes

import dtemplates
from dtemplates import json_schemas, kinds, resources
from dtemplates.json_schemas import JsonSchema
from dtemplates.yaml_reader import read_yaml

SEED = os.environ.get("DTEMPLATES_SEED", "2019")
# Values of every JSON type, and those at which readers of JSON schema are known to part.
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 1.0, 1.5, 1e300, 2**63, 10**40, -0.0),
    *("", "a", "1", "true", "a\nb", "\u00e9", "\U0001f600", "a" * 300, "10Gi", "1.35", "vpc-0a"),
    *([], [None], ["a", "a"], [1, 1.0], [0, False], {}, {"": 0}, {"a": {"b": []}}),
)


def seeded(what: str) -> random.Random:
    return random.Random(f"{SEED} {what}")  # noqa: S311 (values of a test, no secrets)


def agree(schema: JsonSchema, value: Any) -> bool:
    slow = not any(schema._slow.iter_errors(value))
    assert schema.fits(value) == slow, json.dumps(value)[:500]
    return slow


def several(original: Any, chance: random.Random, count: int) -> Iterator[Any]:
    """So many copies, each with one value exchanged, left out, doubled, renamed or added."""
    for _ in range(count):
        place = chance.choice(list(places(original)))
        value = at(original, place)
        others = [chance.choice(VALUES), chance.choice([one for _, one in type_changes(value)])]
        if isinstance(value, dict):
            others.append({**value, chance.choice(["new", "", "$ref"]): chance.choice(VALUES)})
        yield put(original, place, chance.choice(others))


@pytest.mark.parametrize("file", [*GOOD, *BAD], ids=title)
def test_they_agree_on_our_own_schemas(file: Any) -> None:
    schema = json_schemas.own(schema_of(file))
    original = document(file)
    agree(schema, original)
    for value in several(original, seeded(file.name), 30):
        agree(schema, value)


@pytest.mark.parametrize("name", resources.examples())
def test_they_agree_on_what_is_rendered(name: str) -> None:
    manifests = dtemplates.render(dtemplates.parse(resources.example(name)))
    version = manifests.kubernetes_version or ""
    chance = seeded(name)
    # Of a matrix, one job is as good as thirty.
    for manifest in [one for one in manifests if not one.file.endswith(("run2.yaml", "run3.yaml"))]:
        for whole in manifest.documents:
            found = kinds.schema_of(manifest.file, whole, version)
            assert found is not None
            checks = [(found.whole, whole)]
            for below in found.pod_templates:
                template = whole
                for key in below:
                    template = template.get(key, {})
                if template:
                    checks.append((kinds.pod_template(version), template))
            for schema, value in checks:
                assert agree(schema, value)
                refused = sum(not agree(schema, one) for one in several(value, chance, 100))
                # Otherwise it would be proved of right documents alone.
                assert refused


@pytest.mark.parametrize("version", json_schemas.versions())
@pytest.mark.parametrize("name", ["pod-v1", "daemonset-apps-v1", "persistentvolume-v1"])
def test_they_agree_on_every_version_of_kubernetes(name: str, version: str) -> None:
    schema = json_schemas.kubernetes(name, version)
    assert schema is not None
    for value in VALUES:
        agree(schema, value)
        agree(schema, {"metadata": value, "spec": value})
        agree(schema, {"metadata": {"name": "a", "labels": value}, "spec": {"nodeName": value}})


@pytest.mark.parametrize("text", ['"\\ud800"', f"{'[' * 90}{']' * 90}", "1e400", "0x10", "1_000"])
def test_what_only_one_can_judge_is_judged_by_it(text: str) -> None:
    try:
        values = read_yaml(text, "a.yaml").documents
    except dtemplates.InputError:
        return
    for value in values:
        agree(json_schemas.own("helm_chart"), value)


def test_half_a_character_is_left_to_the_slower_one() -> None:
    schema = JsonSchema({"type": "string", "maxLength": 3})
    assert not schema.fits("\ud800")
    assert not list(schema.errors("\ud800"))
    assert [error.validator for error in schema.errors("\ud800abc")] == ["maxLength"]
