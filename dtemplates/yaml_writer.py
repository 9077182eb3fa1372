"""YAML out, written so that readers of YAML 1.1, of 1.2, and Kubernetes read the same.

PyYAML has no part in it: it writes plain what only PyYAML takes for text (`y`, `1e3`), and its two
emitters, libyaml's and its own, need not agree. This one is the same wherever it runs.
"""

from __future__ import annotations

import math
import re
import reprlib
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

# YAML's limit for a key that stands on one line with its value, quotes and escapes included.
MAX_KEY = 1024

# Sure to be text: names, paths, options such as --logdir=/fsx, sizes such as 4800Gi. Nothing that
# matches is a number, a date or an indicator to any reader.
_PLAIN = re.compile("(?:--?|/)?[A-Za-z][A-Za-z0-9_./=-]*(?::[A-Za-z0-9_./=-]+)*|/|[0-9]+[KMGTPE]i")
_PLAIN_LENGTH = 120
_PLAIN_TYPES = frozenset([str, int, float, bool, list, tuple, dict, type(None)])
_WORDS = frozenset(
    ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf", "none"]
)

# What YAML forbids, takes for a line break, or shows as a space or not at all; but tab and newline.
_HIDDEN = "\x00-\x08\x0b-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff"
_ESCAPED = re.compile(f'[{_HIDDEN}\t\n"\\\\]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# A block takes its indentation from its first line, and readers differ on blank lines at its end.
_BLOCK = re.compile(f"[^{_HIDDEN} \t\n][^{_HIDDEN}]*[^{_HIDDEN} \t\n]\n?")


class UnwritableValue(ValueError):
    """A value that YAML, or the JSON that Kubernetes makes of it, does not have."""


def scalar(value: object) -> object:
    """Return the value as one YAML value in flow style: Jinja's `finalize`.

    `Markup`, which is YAML already, and undefined names, which are to raise, come back untouched.
    Raises UnwritableValue for whatever JSON does not have, for integers beyond 64 bits, and for
    keys longer than `MAX_KEY`.
    """
    return value if _is_finished(value) else _flow(value)


def toyaml(value: object, indent: int = 0) -> Markup:
    """Return the value in block style: Jinja's filter for maps and lists that the user fills.

    All lines but the first begin at column `indent`, which has to be beyond the parent's. Text of
    several lines becomes a `|` block. Raises UnwritableValue as `scalar` does.
    """
    # What is marked is YAML, in which HTML's dangers are text.
    return _marked()(value if _is_finished(value) else _root(value, indent))


@cache
def _marked() -> type[Markup]:
    from markupsafe import Markup

    return Markup


def dump(document: object) -> str:
    """Return a whole document in block style, keys in their order, ending in a newline.

    Raises UnwritableValue as `scalar` does.
    """
    return f"{_root(document, 0)}\n"


def _is_finished(value: object) -> bool:
    # Most values are plain, and not to be asked for more.
    if type(value) in _PLAIN_TYPES:
        return False
    if hasattr(value, "__html__"):
        return True
    if isinstance(value, (str, int, float, list, tuple, dict)):
        return False
    from jinja2 import Undefined

    return isinstance(value, Undefined)


def _root(value: object, indent: int) -> str:
    # The lines of a text cannot begin at column 0, where a document's own structure does.
    return _block(value, indent if isinstance(value, (dict, list, tuple)) else indent or 2)


def _block(value: object, indent: int) -> str:
    """Return the value in block style where it can be; all lines but the first are indented."""
    margin = "\n" + " " * indent
    if isinstance(value, dict) and value:
        return margin.join(f"{_key(key)}:{_entry(item, indent + 2)}" for key, item in value.items())
    if isinstance(value, (list, tuple)) and value:
        return margin.join(f"- {_block(item, indent + 2)}" for item in value)
    if isinstance(value, str) and "\n" in value[:-1] and _BLOCK.fullmatch(value):
        text = _unicode(value)
        lines = text.removesuffix("\n").split("\n")
        head = "|" if text.endswith("\n") else "|-"
        return head + "".join(f"{margin}{line}" if line else "\n" for line in lines)
    return _flow(value)


def _entry(value: object, indent: int) -> str:
    """Return what follows a key's colon."""
    nested = isinstance(value, (dict, list, tuple)) and value
    return ("\n" + " " * indent if nested else " ") + _block(value, indent)


def _flow(value: object) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if not -(2**63) <= value < 2**64:
            raise UnwritableValue(f"{reprlib.repr(value)} does not fit 64 bits")
        return int.__repr__(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_key(key)}: {_flow(item)}' for key, item in value.items())}}}"
    if value is None:
        return "null"
    raise UnwritableValue(f"JSON has no values of type {type(value).__name__}")


def _number(value: float) -> str:
    if not math.isfinite(value):
        raise UnwritableValue(f"JSON has no number {value}")
    digits, exponent, power = float.__repr__(value).partition("e")
    # Without a point, a number with an exponent is text to PyYAML.
    return f"{digits}{'.0' if exponent and '.' not in digits else ''}{exponent}{power}"


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise UnwritableValue(f"the key {reprlib.repr(key)} is not text")
    written = _text(key)
    if len(written) > MAX_KEY:
        raise UnwritableValue(f"the key {reprlib.repr(key)} has more than {MAX_KEY} characters")
    return written


def _text(value: str) -> str:
    # Long texts are seldom the same, and would be kept for nothing.
    return _short_text(value) if len(value) <= _PLAIN_LENGTH else _quoted(_unicode(value))


# Manifests of many jobs are the same words again and again.
@lru_cache(maxsize=10_000)
def _short_text(value: str) -> str:
    text = _unicode(value)
    if _PLAIN.fullmatch(text) and text.lstrip("-/").lower() not in _WORDS:
        return text
    return _quoted(text)


def _quoted(text: str) -> str:
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[0]) or f"\\u{ord(match[0]):04x}"


def _unicode(value: str) -> str:
    """Return the text itself, also of a `str` that is an Enum's member."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise UnwritableValue(f"{reprlib.repr(value)} holds half a character") from error
    return str.__str__(value)
