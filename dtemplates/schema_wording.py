"""What a JSON schema found wrong, said for whoever wrote the manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from dtemplates.findings import shown
from dtemplates.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jsonschema import ValidationError

    from dtemplates.findings import Path

# JSON schema's types in words.
_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}

# Keyword → what is wrong, from the value that it looks at and the value that it has.
_RULES: dict[str, Callable[[Any, Any], str]] = {
    "const": lambda value, wanted: f"{shown(value)} is not {shown(wanted)}",
    "minimum": lambda value, least: f"{shown(value)} is less than {least}",
    "exclusiveMinimum": lambda value, least: f"{shown(value)} is not more than {least}",
    "maximum": lambda value, most: f"{shown(value)} is more than {most}",
    "exclusiveMaximum": lambda value, most: f"{shown(value)} is not less than {most}",
    "multipleOf": lambda value, step: f"{shown(value)} is not a multiple of {step}",
    "pattern": lambda value, pattern: f"{shown(value)} is not of the form {pattern}",
    "format": lambda value, form: f"{shown(value)} is not a {form}",
    "minLength": lambda value, least: f"{shown(value)} has fewer than {least} characters",
    "maxLength": lambda value, most: f"{shown(value)} has more than {most} characters",
    "minItems": lambda value, least: f"has {len(value)} items; at least {least} are needed",
    "maxItems": lambda value, most: f"has {len(value)} items; at most {most} are possible",
    "minProperties": lambda value, least: f"has {len(value)} fields; at least {least} are needed",
    "maxProperties": lambda value, most: f"has {len(value)} fields; at most {most} are possible",
    "uniqueItems": lambda value, _: "holds the same item twice",
}


# Remedy of a value that YAML takes for something else; who knows how it is written adds that.
QUOTE = "quote it"


Kind = Literal["value", "type", "field", "missing"]


class Mismatch(NamedTuple):
    """What does not fit at `path`, and what to do.

    It is about the value there, its type, the name of the field, or a field that is missing in it.
    """

    path: Path
    message: str
    remedy: str = ""
    kind: Kind = "value"


def word(errors: Iterable[ValidationError]) -> list[Mismatch]:
    """Return what is wrong, each thing once."""
    found = list(dict.fromkeys(mismatch for error in errors for mismatch in _word(error)))
    # A value of the wrong type breaks other rules too, and only its type is worth telling.
    mistyped = {one.path for one in found if one.kind == "type"}
    # A field that was misspelt is not missing besides; and what tells the choice tells enough.
    meant = {(*one.path[:-1], _meant(one)) for one in found if one.kind == "field"}
    told = {one.path for one in found if one.kind == "value" and not _is_bare(one)}
    return [
        one
        for one in found
        if (one.kind == "type" or one.path not in mistyped)
        and not (one.kind == "missing" and (*one.path, one.message.split(" ")[0]) in meant)
        and not (one.path in told and _is_bare(one))
    ]


def _meant(mismatch: Mismatch) -> str:
    """Return the field that a misspelt one was meant to be; nothing where none is like it."""
    return mismatch.remedy.removeprefix("did you mean '").removesuffix("'?")


def _is_bare(mismatch: Mismatch) -> bool:
    """Return whether it says no more than that a value cannot be."""
    return mismatch.message.endswith(_NO_WAY)


_NO_WAY = " is not possible here"


def _word(error: ValidationError) -> Iterator[Mismatch]:
    path: Path = tuple(error.absolute_path)
    value: Any = error.instance
    rule: Any = error.validator_value
    schema: Any = error.schema if isinstance(error.schema, dict) else {}
    # Our own schemas say in a description why a value is refused.
    reason = str(schema.get("description", "")).rstrip(".")
    match error.validator:
        case "additionalProperties" | "unevaluatedProperties":
            known = schema.get("properties", {})
            for name in value:
                if name not in known:
                    remedy = did_you_mean(name, known)
                    yield Mismatch((*path, name), "there is no such field", remedy, "field")
        case "required":
            for name in rule:
                if name not in value:
                    yield Mismatch(path, f"{name} is missing", kind="missing")
        case "dependentRequired":
            for name, needed in rule.items():
                missing = [other for other in needed if other not in value]
                if name in value and missing:
                    yield Mismatch(
                        (*path, name), f"needs {' and '.join(missing)} beside it", reason
                    )
        case "type":
            kinds = [rule] if isinstance(rule, str) else list(rule)
            message = f"{shown(value)} is not {_kinds(kinds)}"
            yield Mismatch(path, message, _quote(value, kinds), "type")
        case "enum":
            choice = [str(one) for one in rule if one is not None]
            remedy = did_you_mean(value, choice) if isinstance(value, str) else ""
            yield Mismatch(path, f"{shown(value)} is not one of {', '.join(choice)}", remedy)
        case "oneOf" | "anyOf":
            yield from _alternatives(error, path)
        case "not" if isinstance(rule, dict) and rule.get("pattern") == "\\n":
            yield Mismatch(path, f"{shown(value)} holds a line break")
        case keyword if keyword in _RULES:
            yield Mismatch(path, _RULES[keyword](value, rule), reason)
        case _:
            yield Mismatch(path, f"{shown(value)}{_NO_WAY}", reason)


def _kinds(kinds: list[str]) -> str:
    # kubernetes-validate's schemas take null for everything, as the API server does.
    told = [kind for kind in kinds if kind != "null"] or kinds
    return " or ".join(_TYPES[kind] for kind in told)


def _alternatives(error: ValidationError, path: Path) -> Iterator[Mismatch]:
    """Yield what is wrong in the alternative that was meant, or what any of them would take."""
    value: Any = error.instance
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.schema_path[0], []).append(inner)
    if not branches:
        rules: Any = error.validator_value
        names = [name for one in rules for name in one.get("required", ())]
        # What is no mapping breaks a rule about its fields as well.
        given = value if isinstance(value, dict) else {}
        several = " and ".join(name for name in names if name in given)
        yield Mismatch(path, f"{several or shown(value)} exclude each other")
        return
    # The branch that got deepest into the document is the one that was meant.
    deepest = max(branches.values(), key=lambda errors: max(len(one.path) for one in errors))
    if max(len(one.path) for one in deepest):
        yield from word(deepest)
        return
    if all(one.validator == "type" for one in error.context or ()):
        kinds = [kind for one in error.context or () for kind in _listed(one.validator_value)]
        told = list(dict.fromkeys(kinds))
        yield Mismatch(path, f"{shown(value)} is not {_kinds(told)}", kind="type")
        return
    said = dict.fromkeys(
        mismatch.message for errors in branches.values() for mismatch in word(errors)
    )
    yield Mismatch(path, "; or ".join(said))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _quote(value: Any, kinds: list[str]) -> str:
    if "string" in kinds and isinstance(value, bool | int | float):
        return QUOTE
    return ""
