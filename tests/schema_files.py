"""The schemas, and the files that must pass them and must not."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from dtemplates.yaml_reader import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
NAMES = (
    "cloudformation_fsx",
    "clusterqueue_v1beta2",
    "eksctl_clusterconfig",
    "helm_chart",
    "localqueue_v1beta2",
    "mpijob_v1alpha1",
    "mpijob_v2beta1",
    "resourceflavor_v1beta2",
    "workloadpriorityclass_v1beta2",
)
GOOD = sorted((HERE / "schemas").glob("*/good/*.yaml"))
BAD = sorted((HERE / "schemas").glob("*/bad/*.yaml"))


@cache
def schema(name: str) -> dict[str, Any]:
    """Return the schema of that name; whoever changes it takes a copy."""
    file = HERE.parent / "schemas" / f"{name}.schema.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(schema(name))


def schema_of(file: Path) -> str:
    return file.parent.parent.name


def title(file: Path) -> str:
    return f"{schema_of(file)}/{file.stem}"


def document(file: Path) -> Any:
    """Return the one document of a YAML file."""
    read = read_yaml(file.read_bytes(), file.name)
    assert not read.findings
    (only,) = read.documents
    return only


def nodes(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the schema and what it always asks of its parts, conditions aside, with their paths."""
    yield path, node
    for word in ("properties", "$defs"):
        for name, child in node.get(word, {}).items():
            yield from nodes(child, (*path, word, name))
    for word in ("additionalProperties", "items", "propertyNames"):
        if isinstance(node.get(word), dict):
            yield from nodes(node[word], (*path, word))
