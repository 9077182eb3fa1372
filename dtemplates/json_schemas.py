"""JSON schemas, our own and kubernetes-validate's, compiled: whether a value fits, and why not.

Every schema file is read once, and every validator made once, in the life of the process.
"""

from __future__ import annotations

import json
import re
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dtemplates import resources
from dtemplates.stacks import release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema import ValidationError

_DEFINITIONS = "$defs"
# Those that name every field; each version has one folder.
_FOLDER = re.compile(r"v([0-9.]+)\.0-local-strict\Z")


class JsonSchema:
    """A schema of draft 2020-12.

    Two libraries read it: jsonschema-rs finds in microseconds that a value fits, as nearly all
    do; jsonschema takes hundreds of times as long, and tells what does not.
    """

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = schema

    def errors(self, value: Any) -> Iterator[ValidationError]:
        """Yield what does not fit in a plain JSON value."""
        if not self.fits(value):
            yield from self._slow.iter_errors(value)

    def fits(self, value: Any) -> bool:
        """Return whether a plain JSON value fits; False also where only jsonschema can tell."""
        try:
            return bool(self._fast.is_valid(value))
        except ValueError:
            # Half a character, or deeper than it goes.
            return False

    @cached_property
    def _fast(self) -> Any:
        from jsonschema_rs import Draft202012Validator

        return Draft202012Validator(self._schema)

    @cached_property
    def _slow(self) -> Any:
        from jsonschema import Draft202012Validator

        return Draft202012Validator(self._schema)


@cache
def own(name: str) -> JsonSchema:
    """Return one of the schemas in `schemas/`; raises `KeyError` for a name that is none."""
    return JsonSchema(json.loads(resources.schema(name)))


@cache
def kubernetes(name: str, version: str) -> JsonSchema | None:
    """Return Kubernetes' schema of a kind, such as `pod-v1`; None where the version has none.

    `version` is one of `versions()`. Fields that the schema does not name do not fit.
    """
    path = _folder(version) / f"{name}.json"
    if not path.is_file():
        return None
    return JsonSchema(_self_contained(json.loads(path.read_bytes()), version))


@cache
def versions() -> tuple[str, ...]:
    """Return the Kubernetes versions that there are schemas for, oldest first."""
    names = (entry.name for entry in _folders().iterdir())
    found = (match[1] for name in names if (match := _FOLDER.match(name)))
    return tuple(sorted(found, key=release))


def _folder(version: str) -> Path:
    return _folders() / f"v{version}.0-local-strict"


@cache
def _folders() -> Path:
    # Found without importing the package, which would import much and read nothing less.
    spec = find_spec("kubernetes_validate")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "kubernetes-json-schema"


@cache
def _definitions(version: str) -> dict[str, Any]:
    """Return the document that the schemas of a version refer to."""
    found: dict[str, Any] = json.loads((_folder(version) / "_definitions.json").read_bytes())
    return found


def _self_contained(schema: dict[str, Any], version: str) -> dict[str, Any]:
    """Return the schema with those definitions that it reaches, a ninth of all, in itself."""
    definitions = _definitions(version)
    needed: dict[str, Any] = {}
    waiting = list(_references(schema))
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = definitions[_DEFINITIONS][name]
            waiting += _references_of(name, version)
    # Under the name of the other document, its references find what is in this one.
    return {**schema, "$id": definitions["$id"], _DEFINITIONS: needed}


@cache
def _references_of(name: str, version: str) -> frozenset[str]:
    return frozenset(_references(_definitions(version)[_DEFINITIONS][name]))


def _references(value: Any) -> Iterator[str]:
    """Yield the names of the definitions that a schema refers to."""
    if isinstance(value, list):
        for one in value:
            yield from _references(one)
    elif isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str):
            yield reference.rpartition("/")[2]
        for one in value.values():
            if isinstance(one, (dict, list)):
                yield from _references(one)
