from __future__ import annotations

import json
import random
from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from containment import Containment, field_of, kinds_of, values_of
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator
from schema_files import GOOD, document, nodes, schema, schema_of, title, validator

from dtemplates.yaml_reader import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

TEXT = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (TEXT, {}),
        (False, TEXT),
        ({"not": {}}, TEXT),
        ({"type": "integer"}, {"type": "number"}),
        ({"const": "a"}, {"enum": ["a", "b"]}),
        ({"enum": [1, 2]}, COUNT),
        ({"type": "integer", "minimum": 8, "multipleOf": 8}, {"minimum": 1, "multipleOf": 4}),
        ({"type": "integer", "minimum": 0, "maximum": 2**31 - 1}, {"format": "int32"}),
        ({"type": ["integer", "string"]}, {"anyOf": [{"type": "integer"}, TEXT]}),
        ({"type": "string", "pattern": "^[0-9]+Ki$"}, {"pattern": "^[0-9]+[KM]i$"}),
        ({"type": "array", "items": COUNT}, {"items": {"type": "integer"}}),
        ({"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": TEXT}}, TEXT),
        ({"anyOf": [{"const": 1}, {"const": 2}]}, {"enum": [1, 2, 3]}),
        (
            {"type": "object", "additionalProperties": False, "properties": {"a": TEXT}},
            {"additionalProperties": False, "properties": {"a": TEXT, "b": TEXT}},
        ),
        ({"type": "object", "additionalProperties": TEXT}, {"additionalProperties": TEXT}),
        (
            {"type": "object", "oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
            {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
        ),
    ],
)
def test_no_gap_where_there_is_none(narrow: Any, wide: Any) -> None:
    assert Containment(narrow, wide).gaps() == []


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ({}, TEXT),
        (TEXT, False),
        ({"type": ["string", "null"]}, TEXT),
        ({"type": "number"}, {"type": "integer"}),
        ({"enum": ["a", "c"]}, {"enum": ["a", "b"]}),
        (TEXT, {"enum": ["a", "b"]}),
        ({"enum": [1, -1]}, COUNT),
        ({"type": "integer", "minimum": -1}, COUNT),
        ({"type": "integer", "multipleOf": 6}, {"multipleOf": 4}),
        (COUNT, {"format": "int32"}),
        (TEXT, {"format": "date-time"}),
        (TEXT, {"maxLength": 3}),
        ({"type": ["integer", "string"]}, {"anyOf": [{"type": "integer"}]}),
        ({"type": "string", "pattern": "^[0-9]+[KM]i$"}, {"pattern": "^[0-9]+Mi$"}),
        (TEXT, {"pattern": "^[0-9]"}),
        ({"type": "array", "items": TEXT}, {"items": COUNT}),
        ({"type": "array"}, {"items": TEXT}),
        ({"$ref": "#/$defs/a", "$defs": {"a": COUNT}}, TEXT),
        ({"anyOf": [{"const": 1}, {"const": 4}]}, {"enum": [1, 2, 3]}),
        ({"type": "object"}, {"required": ["a"]}),
        ({"type": "object"}, {"properties": {"a": TEXT}}),
        ({"type": "object"}, {"additionalProperties": TEXT}),
        (
            {"type": "object", "properties": {"a": TEXT}},
            {"additionalProperties": False, "properties": {"a": TEXT}},
        ),
        (
            {"type": "object", "additionalProperties": False, "properties": {"b": TEXT}},
            {"additionalProperties": False, "properties": {"a": TEXT}},
        ),
        (
            {"type": "object", "anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
            {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
        ),
        # A condition proves nothing where it does not apply.
        ({"if": {"minimum": 1}, "then": TEXT}, TEXT),
    ],
)
def test_gap_is_found(narrow: Any, wide: Any) -> None:
    assert Containment(narrow, wide).gaps()


@pytest.mark.parametrize("closed", [True, False])
def test_resource_definition_knows_no_other_fields(closed: bool) -> None:
    narrow = {"type": "object", "additionalProperties": False, "properties": {"b": TEXT}}
    wide = {"type": "object", "properties": {"a": TEXT}}
    assert bool(Containment(narrow, wide, closed=closed).gaps()) is closed


def eksctl(oracles: Path) -> Any:
    theirs = document(oracles / "eksctl/clusterconfig-0.230.0.schema.json")
    definitions = theirs["definitions"]
    # Upstream's schema refuses every identity provider: it demands `type`, and does not know it.
    assert "type" not in definitions["OIDCIdentityProvider"]["properties"]
    definitions["OIDCIdentityProvider"]["properties"]["type"] = {}
    return theirs


def mpijob_v2beta1(oracles: Path) -> Any:
    definition = document(oracles / "mpi-operator/mpijob-crd-v2beta1.yaml")
    theirs = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    replicas = theirs["properties"]["spec"]["properties"]["mpiReplicaSpecs"]
    # Pods are checked by the schema of Pod.
    replicas["additionalProperties"]["properties"]["template"] = {"type": "object"}
    return theirs


def mpijob_v1alpha1(oracles: Path) -> Any:
    definition = document(oracles / "tutorial/helm_mpijob_crd.yaml")
    return definition["spec"]["validation"]["openAPIV3Schema"]


UPSTREAM = {
    "eksctl_clusterconfig": eksctl,
    "mpijob_v1alpha1": mpijob_v1alpha1,
    "mpijob_v2beta1": mpijob_v2beta1,
}


def containment(oracles: Path, name: str, ours: dict[str, Any] | None = None) -> Containment:
    # apiextensions v1 drops the fields that a definition does not name, v1beta1 keeps them.
    closed = name == "mpijob_v2beta1"
    return Containment(ours or schema(name), UPSTREAM[name](oracles), closed=closed)


@pytest.mark.parametrize("name", UPSTREAM)
def test_ours_accepts_nothing_that_upstream_refuses(oracles: Path, name: str) -> None:
    assert containment(oracles, name).gaps() == []


@pytest.mark.parametrize(
    ("name", "left_out"),
    [("eksctl_clusterconfig", set()), ("mpijob_v1alpha1", set()), ("mpijob_v2beta1", {"$.status"})],
)
def test_ours_knows_every_field_that_upstream_knows(
    oracles: Path, name: str, left_out: set[str]
) -> None:
    walk = containment(oracles, name)
    walk.gaps()
    assert walk.left_out == left_out


@pytest.mark.parametrize("file", [file for file in GOOD if schema_of(file) in UPSTREAM], ids=title)
def test_upstream_accepts_good_file(oracles: Path, file: Path) -> None:
    Draft7Validator(UPSTREAM[schema_of(file)](oracles)).validate(document(file))


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("eksctl_clusterconfig", "cluster_config.yaml"),
        ("eksctl_clusterconfig", "nodegroup_config.yaml"),
        ("helm_chart", "helm_mpijob_Chart.yaml"),
        ("mpijob_v1alpha1", "mpi_job.yaml"),
        ("mpijob_v1alpha1", "mpijobs_30.yaml"),
    ],
)
def test_files_of_2019_pass(oracles: Path, name: str, file: str) -> None:
    read = read_yaml((oracles / "tutorial" / file).read_bytes(), file)
    assert read.documents
    for each in read.documents:
        validator(name).validate(each)


@pytest.mark.parametrize("seed", range(10))
def test_widening_ours_at_any_place_is_noticed(oracles: Path, seed: int) -> None:
    wider = deepcopy(schema("eksctl_clusterconfig"))
    choose = random.Random(seed)  # noqa: S311
    closed = [node for path, node in nodes(wider) if node.get("additionalProperties") is False]
    node = choose.choice(closed)
    # Upstream takes an ARN of any type.
    fields = [name for name, field in node["properties"].items() if "arn" not in json.dumps(field)]
    kind = choose.choice(["unknown field", "open", "any value"])
    if kind == "unknown field":
        node["properties"]["surprise"] = {}
    elif kind == "any value" and fields:
        node["properties"][choose.choice(fields)] = True
    else:
        del node["additionalProperties"]
    assert containment(oracles, "eksctl_clusterconfig", wider).gaps()


@st.composite
def instances(draw: Any, walk: Containment, schemas: list[Any]) -> Any:
    """Draw what the schemas may accept, conditions aside."""
    case = draw(st.sampled_from(list(walk.cases(schemas))))
    values = values_of(case)
    if values is not None:
        return draw(st.sampled_from(values))
    asked = {word: value for part in case for word, value in part.items()}
    kind = draw(st.sampled_from(sorted(kinds_of(case)))) if "type" in asked else "string"
    if kind == "boolean":
        return draw(st.booleans())
    if kind in ("integer", "number"):
        return draw(st.integers(asked.get("minimum"), asked.get("maximum")))
    if kind == "string":
        return draw(st.from_regex(asked.get("pattern", "^[ -~]{1,9}$"), fullmatch=True))
    if kind == "array":
        least, most = asked.get("minItems", 0), min(asked.get("maxItems", 3), 3)
        return [
            draw(instances(walk, [part.get("items", True) for part in case]))
            for _ in range(draw(st.integers(least, most)))
        ]
    named = {name for part in case for name in part.get("properties", {})}
    required = {name for part in case for name in part.get("required", [])}
    chosen = draw(st.sets(st.sampled_from(sorted(named)), max_size=3)) if named else set()
    if "additionalProperties" in asked and not named:
        keys = st.from_regex("^[a-z][-a-z0-9]{0,5}[a-z]$", fullmatch=True)
        chosen = draw(st.sets(keys, max_size=2))
    return {
        name: draw(instances(walk, field_of(case, name)))
        for name in sorted(required | chosen)
        if list(walk.cases(field_of(case, name)))
    }


@cache
def walked(oracles: Path, name: str) -> Containment:
    walk = containment(oracles, name)
    walk.gaps()
    return walk


@pytest.mark.parametrize("name", UPSTREAM)
@settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(data=st.data())
def test_upstream_accepts_what_ours_accepts(oracles: Path, name: str, data: Any) -> None:
    walk = walked(oracles, name)
    definitions = walk.narrow["$defs"]
    parts = sorted(each for each in walk.met if "properties" in definitions[each])
    part = data.draw(st.sampled_from(["", *parts]))
    ours, theirs = walk.narrow, walk.wide
    if part:
        ours = definitions[part] | {"$defs": definitions}
        theirs = walk.met[part] | {"definitions": theirs.get("definitions", {})}
    instance = data.draw(instances(walk, [ours]))
    assume(Draft202012Validator(ours).is_valid(instance))
    Draft7Validator(theirs).validate(instance)
