"""What pydantic found wrong, said for whoever wrote the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dtemplates.findings import has, shown
from dtemplates.settings import fields
from dtemplates.settings.types import EXPECTED
from dtemplates.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic_core import ErrorDetails

    from dtemplates.findings import Finding, Path
    from dtemplates.settings.source import Source

# pydantic's error type → what was expected.
_TYPES = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a smaller number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "tuple_type": "a list such as [a, b]",
    "string_too_short": "text that is not empty",
}
# Model → what may stand for it, beside a mapping.
_SHORTHANDS = {"EnvVar": "text, or a mapping", "Subnet": "a subnet's id, or a mapping"}


def word(errors: Iterable[ErrorDetails], document: Any, source: Source) -> list[Finding]:
    """Return one finding for each setting that is wrong, in the order of the file."""
    by_path: dict[tuple[Path, bool], list[ErrorDetails]] = {}
    for error in errors:
        path, is_key = locate(error, document)
        by_path.setdefault((path, is_key), []).append(error)
    deeper = {path[:length] for path, _ in by_path for length in range(len(path))}
    by_path = {
        place: several
        for place, several in by_path.items()
        if place[0] not in deeper or not all(map(_follows, several))
    }
    return [_finding(path, is_key, several, source) for (path, is_key), several in by_path.items()]


def _follows(error: ErrorDetails) -> bool:
    """Return whether an error of a list or mapping says no more than those of what is in it.

    A list whose items are wrong counts as empty, and a mapping that is wrong not as `false`.
    """
    value = error["input"]
    if error["type"] == "too_short":
        return bool(value)
    return error["type"] == "literal_error" and isinstance(value, dict)


def locate(error: ErrorDetails, document: Any) -> tuple[Path, bool]:
    """Return the path in the document that an error is about, and whether it is about the key.

    pydantic names branches of unions in between, which are no part of the document.
    """
    path: Path = ()
    inside = document
    location = error["loc"]
    for number, part in enumerate(location):
        if part == "[key]" and number == len(location) - 1:
            return path, True
        if has(inside, part):
            inside = inside[part]
        elif not (error["type"] == "missing" and number == len(location) - 1):
            continue
        path = (*path, part)
    return path, error["type"] == "extra_forbidden"


def _finding(path: Path, is_key: bool, errors: list[ErrorDetails], source: Source) -> Finding:
    error = errors[0]
    if error["type"] == "missing":
        return source.finding(path, "this setting is required", _example(path))
    if error["type"] == "extra_forbidden":
        remedy = did_you_mean(path[-1], fields.names(path[:-1]))
        return source.finding(path, "there is no such setting", remedy, key=True)
    errors = _of_its_type(errors)
    # A union says what each of its branches expected; said once, as alternatives.
    expected = " or ".join(dict.fromkeys(filter(None, map(_expected, errors))))
    value = error["input"]
    message = f"{shown(value)} is not {expected}"
    return source.finding(path, message, _remedy(value, errors, path, source), key=is_key)


def _of_its_type(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """Return a union's errors without those of branches that take another type of value."""
    other = "string_type" if not isinstance(errors[0]["input"], str) else "int_type"
    return [error for error in errors if error["type"] != other] or errors


def _expected(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "string_pattern_mismatch":
            pattern = context["pattern"]
            return EXPECTED.get(pattern, f"text of the form {pattern}")
        case "literal_error" if context["expected"] in ("False", "True"):
            return str(context["expected"]).lower()
        case "literal_error":
            return f"one of {context['expected']}".replace(" or ", ", ")
        case "model_type":
            return _SHORTHANDS.get(context["class_name"], "a mapping")
        case "string_too_long":
            return f"text of at most {context['max_length']} characters"
        case "greater_than_equal":
            return f"at least {context['ge']}"
        case "less_than_equal":
            return f"at most {context['le']}"
        case "greater_than":
            return f"more than {context['gt']}"
        case "too_short":
            return "a list with an item in it"
        case kind:
            return _TYPES.get(kind, error["msg"])


def _remedy(value: Any, errors: list[ErrorDetails], path: Path, source: Source) -> str:
    kinds = {error["type"] for error in errors}
    names = {error.get("ctx", {}).get("class_name") for error in errors}
    if (kinds == {"string_type"} or "EnvVar" in names) and not isinstance(value, dict | list):
        if isinstance(value, int | float) and fields.is_quantity(path):
            return f"give its unit: {value}Gi"
        written = source.written(path)
        return f'quote it: "{written}"' if written else "quote it"
    if "literal_error" in kinds and isinstance(value, str):
        known = str(errors[0].get("ctx", {}).get("expected", "")).replace(" or ", ", ")
        return did_you_mean(value, (word.strip("'") for word in known.split(", ")))
    if "tuple_type" in kinds and isinstance(value, str):
        return f"write {_as_list(value)}"
    return ""


def _as_list(text: str) -> str:
    """Return text as the list that was probably meant: the words of a command line."""
    import shlex

    from dtemplates.yaml_writer import scalar

    try:
        words = shlex.split(text)
    except ValueError:
        words = [text]
    return str(scalar(words))


def _example(path: Path) -> str:
    examples = list(fields.examples(path))
    return f"for example {path[-1]}: {shown(examples[0])}" if examples else ""


def paths(errors: Iterable[ErrorDetails], document: Any) -> list[Path]:
    """Return the path of each error."""
    return list(dict.fromkeys(locate(error, document)[0] for error in errors))
