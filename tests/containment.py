"""A structural proof that whatever one JSON schema accepts, another accepts too."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias

from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Iterator

Schema: TypeAlias = "dict[str, Any] | bool"
Parts: TypeAlias = list[dict[str, Any]]

TYPES = frozenset(["null", "boolean", "integer", "number", "string", "array", "object"])
REFUSALS: tuple[Any, ...] = (False, {"not": {}})

# What the wider schema may say. Any other word is a gap, for nobody here knows what it asks.
SILENT = frozenset(
    {
        "$schema",
        "definitions",
        "default",
        "description",
        "preferredOrder",
        "title",
        "x-intellij-html-description",
        "x-kubernetes-group-version-kind",
        "x-kubernetes-int-or-string",
    }
)
SPOKEN = frozenset(
    {
        "$ref",
        "additionalProperties",
        "anyOf",
        "enum",
        "format",
        "items",
        "minimum",
        "multipleOf",
        "oneOf",
        "pattern",
        "properties",
        "required",
        "type",
    }
)
WIDTHS = {"int32": 2**31, "int64": 2**63}


class Containment:
    """Walks the narrower and the wider schema side by side.

    Of the narrower one it counts only what it asks for always: conditions, dependencies and `not`
    make it narrower still, so that leaving them out cannot hide a gap. `closed` says that the
    wider schema is a resource definition, where fields without a name are fields that do not exist.
    """

    def __init__(
        self, narrow: dict[str, Any], wide: dict[str, Any], *, closed: bool = False
    ) -> None:
        self.narrow = narrow
        self.wide = wide
        self.closed = closed
        # What the walk met: the narrower schema's definitions with what contains them, and the
        # fields that only the wider schema has.
        self.met: dict[str, dict[str, Any]] = {}
        self.left_out: set[str] = set()

    def gaps(self) -> list[str]:
        """Return a line for each place where the narrower schema may accept more."""
        return list(self._within([self.narrow], self.wide, "$"))

    def parts(self, schemas: list[Schema]) -> Iterator[dict[str, Any]]:
        """Yield the schemas that all hold where these do, none of them with `$ref` or `allOf`."""
        for schema in schemas:
            if isinstance(schema, bool):
                yield {} if schema else {"not": {}}
                continue
            if "$ref" in schema:
                yield from self.parts([_resolved(schema["$ref"], self.narrow)])
            yield from self.parts(schema.get("allOf", []))
            yield {word: value for word, value in schema.items() if word not in ("$ref", "allOf")}

    def cases(self, schemas: list[Schema]) -> Iterator[Parts]:
        """Yield the alternatives that the schemas allow, each with no more than one type named."""
        parts = list(self.parts(schemas))
        if any(part in REFUSALS or part.get("not") == {} for part in parts):
            return
        for place, part in enumerate(parts):
            rest = [*parts[:place], *parts[place + 1 :]]
            for word in ("oneOf", "anyOf"):
                if word in part:
                    less = {key: value for key, value in part.items() if key != word}
                    for option in part[word]:
                        others = [{"not": other} for other in part[word] if other is not option]
                        exclusive = others if word == "oneOf" else []
                        yield from self.cases([*rest, less, option, *exclusive])
                    return
            if isinstance(part.get("type"), list):
                for kind in part["type"]:
                    yield from self.cases([*rest, part | {"type": kind}])
                return
        yield parts

    def _within(self, schemas: list[Schema], wide: Schema, path: str) -> Iterator[str]:
        if isinstance(wide, bool):
            if not wide and any(True for _ in self.cases(schemas)):
                yield f"{path}: accepted, and must not be"
            return
        for schema in schemas:
            if isinstance(schema, dict) and "$ref" in schema:
                self.met.setdefault(schema["$ref"].rpartition("/")[2], wide)
        if "$ref" in wide:
            yield from self._within(schemas, _resolved(wide["$ref"], self.wide), path)
        for word in sorted(wide.keys() - SILENT - SPOKEN):
            yield f"{path}: {word} is not understood"
        for case in self.cases(schemas):
            yield from self._case_within(case, wide, path)

    def _case_within(self, case: Parts, wide: dict[str, Any], path: str) -> Iterator[str]:
        values = values_of(case)
        if values is not None:
            validator = Draft202012Validator(wide | {"definitions": self.wide.get("definitions")})
            yield from (f"{path}: {value!r}" for value in values if not validator.is_valid(value))
            return
        kinds = kinds_of(case)
        if not kinds <= kinds_of([wide]):
            yield f"{path}: may be {', '.join(sorted(kinds - kinds_of([wide])))}"
            return
        if wide.get("format", "int64") not in WIDTHS:
            yield f"{path}: format {wide['format']} is not understood"
        if "enum" in wide:
            yield f"{path}: any value, not only {wide['enum']}"
        if kinds & {"integer", "number"}:
            yield from _number_gaps(case, wide, path)
        if "string" in kinds and "pattern" in wide and not _spelled_within(case, wide["pattern"]):
            yield f"{path}: not only {wide['pattern']}"
        if "array" in kinds and "items" in wide:
            items = [part.get("items", True) for part in case]
            yield from self._within(items, wide["items"], f"{path}[]")
        if "object" in kinds:
            yield from self._fields_within(case, wide, path)
        for word in ("anyOf", "oneOf"):
            if word in wide:
                yield from self._one_within(case, wide[word], path, alone=word == "oneOf")

    def _fields_within(self, case: Parts, wide: dict[str, Any], path: str) -> Iterator[str]:
        fields = wide.get("properties", {})
        others = wide.get("additionalProperties", not (self.closed and fields))
        named = {name for part in case for name in part.get("properties", {})}
        self.left_out |= {f"{path}.{name}" for name in fields.keys() - named}
        for name in sorted(named | fields.keys()):
            schema = fields.get(name, others)
            yield from self._within(field_of(case, name), schema, f"{path}.{name}")
        unnamed: list[Schema] = [part.get("additionalProperties", True) for part in case]
        yield from self._within(unnamed, others, f"{path}.*")
        required = {name for part in case for name in part.get("required", [])}
        for name in sorted(set(wide.get("required", [])) - required):
            yield f"{path}: without {name}"

    def _one_within(
        self, case: Parts, options: list[dict[str, Any]], path: str, *, alone: bool
    ) -> Iterator[str]:
        schemas: list[Schema] = list(case)
        fitting = [option for option in options if not [*self._within(schemas, option, path)]]
        if not fitting:
            yield f"{path}: fits no alternative"
        strangers = (option for option in options if option is not fitting[0]) if fitting else ()
        if alone and not all(self._apart(case, option) for option in strangers):
            yield f"{path}: may fit several alternatives"

    def _apart(self, case: Parts, wide: dict[str, Any]) -> bool:
        """Tell whether nothing fits both."""
        refused = any(
            not any(True for _ in self.cases(field_of(case, name)))
            for name in wide.get("required", [])
        )
        values = values_of([wide]) or []
        validator = Draft202012Validator({"allOf": case, "$defs": self.narrow.get("$defs", {})})
        return refused or (bool(values) and not any(map(validator.is_valid, values)))


def _resolved(reference: str, root: dict[str, Any]) -> dict[str, Any]:
    node: Any = root
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    assert isinstance(node, dict)
    return node


def values_of(case: Parts) -> list[Any] | None:
    for part in case:
        if "const" in part:
            return [part["const"]]
        if "enum" in part:
            return list(part["enum"])
    return None


def kinds_of(case: Parts) -> frozenset[str]:
    kinds = TYPES
    for part in case:
        if "type" in part:
            kinds &= {part["type"]} | ({"integer"} if part["type"] == "number" else set())
    return kinds


def field_of(case: Parts, name: str) -> list[Schema]:
    """Return what holds for the field of that name."""
    if any(part.get("not") == {"required": [name]} for part in case):
        return [False]
    return [
        part["properties"][name]
        if name in part.get("properties", {})
        else part.get("additionalProperties", True)
        for part in case
    ]


def _number_gaps(case: Parts, wide: dict[str, Any], path: str) -> Iterator[str]:
    low = max((part["minimum"] for part in case if "minimum" in part), default=None)
    high = min((part["maximum"] for part in case if "maximum" in part), default=None)
    if "minimum" in wide and (low is None or low < wide["minimum"]):
        yield f"{path}: below {wide['minimum']}"
    if "multipleOf" in wide and not any(
        part.get("multipleOf", 0.5) % wide["multipleOf"] == 0 for part in case
    ):
        yield f"{path}: not only multiples of {wide['multipleOf']}"
    if "format" in wide:
        width = WIDTHS.get(wide["format"], 0)
        if low is None or high is None or low < -width or high >= width:
            yield f"{path}: beyond {wide['format']}"


def _spelled_within(case: Parts, pattern: str) -> bool:
    """Tell whether the pattern accepts every text of up to five letters that the case accepts."""
    # Inclusion of regular languages, cut off: long enough for each branch of a quantity's pattern.
    ours = [re.compile(part["pattern"]) for part in case if "pattern" in part]
    texts = ("".join(letters) for size in range(6) for letters in product("0.Kime+x", repeat=size))
    accepted = [text for text in texts if all(regex.search(text) for regex in ours)]
    return bool(ours) and all(re.search(pattern, text) for text in accepted)
