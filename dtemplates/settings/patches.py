"""Patches: any field of any manifest that the settings do not model."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from dtemplates.settings.types import JsonPointer, Model, Several


class Target(Model):
    """Which documents a patch changes: those that agree with all that is given."""

    kind: str | None = Field(None, min_length=1, description="Their kind.", examples=["MPIJob"])
    name: str | None = Field(None, min_length=1, description="Their metadata.name.")
    file: str | None = Field(
        None, min_length=1, description="Their file, `*` allowed.", examples=["jobs/*.yaml"]
    )


class Operation(Model):
    """One operation of JSON Patch (RFC 6902)."""

    op: Literal["add", "remove", "replace", "move", "copy", "test"] = Field(
        description="What to do."
    )
    path: JsonPointer = Field(
        description="Where, a JSON pointer.",
        examples=["/spec/template/spec/hostNetwork"],
    )
    from_: JsonPointer | None = Field(
        None, alias="from", description="Where from, for move and copy."
    )
    value: Any = Field(None, description="The value, for add, replace and test.")


class Patch(Model):
    """A change to rendered manifests; exactly one of `merge` and `json6902`."""

    target: Target = Field(description="Which documents.")
    merge: dict[str, Any] | None = Field(
        None, description="A JSON merge patch (RFC 7396): maps are merged, null removes."
    )
    json6902: Several[Operation] | None = Field(
        None, description="JSON Patch operations (RFC 6902)."
    )
