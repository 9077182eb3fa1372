"""What settings there are: questions to the JSON schema of the settings file."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from dtemplates import resources
from dtemplates.settings.model_schema import NEEDED
from dtemplates.suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.findings import Path


@cache
def settings_schema() -> dict[str, Any]:
    """Return the JSON schema of the settings file.

    It is read from `schemas/`: to make it of the models takes as long as all else at the start.
    """
    schema: dict[str, Any] = json.loads(resources.schema("settings"))
    return schema


def names(path: Path) -> list[str]:
    """Return the settings that there can be in the mapping at `path`."""
    return [name for schema in _at(path) for name in schema.get("properties", ())]


def suggestion(path: Path) -> str | None:
    """Return the setting that a name that is none was probably meant to be."""
    known = names(path[:-1])
    return None if not path or path[-1] in known else nearest(path[-1], known)


def wants_text(path: Path) -> bool:
    """Return whether the setting at `path` takes text and neither numbers, truth nor lists."""
    types = {str(schema.get("type", "object")) for schema in _at(path)} - {"null"}
    return types == {"string"} or types == {"string", "object"}


def is_quantity(path: Path) -> bool:
    """Return whether the setting at `path` is an amount of bytes, with its unit."""
    return any("Gi" in str(example) for example in (*examples(path), *_expected(path)))


def _expected(path: Path) -> list[str]:
    from dtemplates.settings.types import EXPECTED

    return [EXPECTED.get(schema.get("pattern", ""), "") for schema in _at(path)]


def wants_list(path: Path) -> bool:
    """Return whether the setting at `path` is a list."""
    return any(schema.get("type") == "array" for schema in _at(path))


def is_required(path: Path) -> bool:
    """Return whether the mapping that holds the setting at `path` cannot do without it."""
    needed = (schema.get(NEEDED, schema.get("required", ())) for schema in _at(path[:-1]))
    return any(path[-1:] and path[-1] in names for names in needed)


def examples(path: Path) -> list[Any]:
    """Return example values of the setting at `path`."""
    return [
        example
        for schema in _at(path[:-1])
        for example in schema.get("properties", {}).get(path[-1], {}).get("examples", ())
    ]


def _at(path: Path) -> list[dict[str, Any]]:
    schemas = list(_alternatives(settings_schema()))
    for part in path:
        schemas = [
            alternative
            for schema in schemas
            for below in _below(schema, part)
            for alternative in _alternatives(below)
        ]
    return schemas


def _below(schema: dict[str, Any], part: str | int) -> Iterator[dict[str, Any]]:
    if isinstance(part, int):
        items = schema.get("items")
        if isinstance(items, dict):
            yield items
        return
    if part in schema.get("properties", {}):
        yield schema["properties"][part]
        return
    for pattern, below in schema.get("patternProperties", {}).items():
        if re.search(pattern, part):
            yield below
    if isinstance(schema.get("additionalProperties"), dict):
        yield schema["additionalProperties"]


def _alternatives(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        yield from _alternatives(settings_schema()["$defs"][name])
    elif "anyOf" in schema:
        for alternative in schema["anyOf"]:
            yield from _alternatives(alternative)
    else:
        yield schema
