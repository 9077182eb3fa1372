"""The JSON schema of the settings file, made of the models."""

from __future__ import annotations

from typing import Any

NEEDED = "x-needed"
"""Keyword of what a job needs, which its defaults may have in its place."""


def model_schema() -> dict[str, Any]:
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
    job[NEEDED], job["required"] = job["required"], ["name"]
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
        **{key: value for key, value in job.items() if key not in ("required", NEEDED)},
        "title": "JobDefaults",
        "description": "What jobs have in common; a job's own settings go before it.",
    }
    schema["properties"]["job_defaults"] = {"$ref": "#/$defs/JobDefaults"}
    return schema


def _told(inner: dict[str, Any]) -> dict[str, Any]:
    return {key: inner[key] for key in ("title", "description", "examples") if key in inner}
