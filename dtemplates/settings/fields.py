"""What settings there are: the models' JSON schema, and questions to it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from dtemplates.suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.findings import Path


_NEEDED = "x-needed"


@cache
def settings_schema() -> dict[str, Any]:
    """Return the JSON schema of the settings file, as `schemas/settings.schema.json` holds it."""
    from dtemplates.settings.root import Settings

    schema = _with_matrices(Settings.model_json_schema())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "settings.schema.json",
        **schema,
        "title": "dtemplates settings",
    }


def _with_matrices(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema with what is written out before the models see a job.

    A job has a matrix, any of its settings may be an expression, and defaults are jobs without what
    a job needs.
    """
    job = schema["$defs"]["Job"]
    # What a job needs, its defaults may have.
    job[_NEEDED], job["required"] = job["required"], ["name"]
    expression = {"type": "string", "pattern": r"\$\{\{", "description": "An expression."}
    job["properties"] = {
        name: {"anyOf": [inner, expression], **_told(inner)}
        for name, inner in job["properties"].items()
    }
    job["properties"]["matrix"] = {
        "type": "object",
        "title": "Matrix",
        "description": "Values by name, each a list: the job is made once for each combination. "
        "`exclude` takes some out, `include` adds to them, as in GitHub Actions.",
        "examples": [{"gpus": [8, 16], "run": [1, 2, 3]}],
    }
    schema["$defs"]["JobDefaults"] = {
        **{key: value for key, value in job.items() if key not in ("required", _NEEDED)},
        "title": "JobDefaults",
        "description": "What jobs have in common; a job's own settings go before it.",
    }
    schema["properties"]["job_defaults"] = {"$ref": "#/$defs/JobDefaults"}
    return schema


def _told(inner: dict[str, Any]) -> dict[str, Any]:
    return {key: inner[key] for key in ("title", "description", "examples") if key in inner}


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
    needed = (schema.get(_NEEDED, schema.get("required", ())) for schema in _at(path[:-1]))
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
