"""What a scalar means to Kubernetes, which reads YAML 1.1 in its own way, and then as JSON."""

from __future__ import annotations

import math
import re
import struct
from base64 import b64decode
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Scalar: TypeAlias = "bool | int | float | str | None"

TAG = "tag:yaml.org,2002:"

# Text that begins otherwise is a string: that spares most scalars every other question.
HINTS = frozenset(["", *"0123456789+-.~yYnNtTfFoO"])

_WORDS: Mapping[str, Scalar] = {
    spelling: value
    for value, words in (
        (None, ["null"]),
        (True, ["true", "yes", "on", "y"]),
        (False, ["false", "no", "off", "n"]),
        (math.inf, [".inf", "+.inf"]),
        (-math.inf, ["-.inf"]),
    )
    for word in words
    for spelling in (word, word.title(), word.upper())
} | {"": None, "~": None, ".nan": math.nan, ".NaN": math.nan, ".NAN": math.nan}
# Twenty digits hold every integer of 64 bits, and keep clear of Python's limit for int().
_INTEGERS = (
    (re.compile("[-+]?(?:0|[1-9][0-9]{0,19})"), 10),
    (re.compile("[-+]?0[oO]?[0-7]+"), 8),
    (re.compile("[-+]?0[xX][0-9a-fA-F]+"), 16),
    (re.compile("[-+]?0[bB][01]+"), 2),
)
_NUMERIC = re.compile(r"[0-9]|\.[0-9]|[-+][._]*[0-9]")
_STRAY_UNDERSCORE = re.compile("_(?![0-9])|(?<![0-9])_")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_TYPES: dict[str, tuple[type, ...]] = {
    f"{TAG}null": (type(None),),
    f"{TAG}bool": (bool,),
    f"{TAG}int": (int,),
    f"{TAG}float": (float, int),
}


# Documents of many jobs are the same words again and again.
@lru_cache(maxsize=10_000)
def resolve(text: str) -> Scalar:
    """Return what the text means where it stands plain, without quotes and without a tag."""
    if text[:1] not in HINTS:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if not _NUMERIC.match(text):
        return text
    # Two ways of Go's own: behind a leading dot, underscores have to stand between digits; and
    # `0b` may have a sign behind it.
    if text[0] == "." and _STRAY_UNDERSCORE.search(text):
        return text
    digits = re.sub(r"\A0b([-+])", r"\g<1>0b", text.replace("_", ""))
    for pattern, base in _INTEGERS:
        if pattern.fullmatch(digits):
            integer = int(digits, base)
            if -(2**63) <= integer < 2**64:
                return integer
    if _FLOAT.fullmatch(digits) and math.isfinite(number := float(digits)):
        return number
    return text


def resolve_tagged(text: str, tag: str) -> Scalar:
    """Return what the text means under a tag.

    Raises ValueError, with a message for people, if Kubernetes refuses the tag or does not know
    it; what is then left is the text.
    """
    if tag in ("!", f"{TAG}str", f"{TAG}merge"):
        return text
    if tag == f"{TAG}binary":
        try:
            return b64decode(text.replace("\n", ""), validate=True).decode()
        except ValueError:
            raise ValueError(f"{brief(text)} is not the base64 of UTF-8 text") from None
    if tag not in _TYPES:
        raise ValueError(f"tag '{tag_name(tag)}' means nothing to Kubernetes")
    value = resolve(text)
    if type(value) not in _TYPES[tag]:
        raise ValueError(f"{brief(text)} is no {tag_name(tag)}")
    return value


def as_json(number: float) -> int | float:
    """Return the number as it is after its way through JSON: `1e3` and `1.0` become integers.

    Raises ValueError for infinities and NaN.
    """
    if not math.isfinite(number):
        raise ValueError(f"JSON has no number {_float_key(number)}")
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def as_key(value: object) -> str:
    """Return the key that a value makes in JSON; raises ValueError if Kubernetes refuses it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float_key(value)
    if isinstance(value, int) and value < 2**63:
        return str(value)
    what = "a map or a list" if isinstance(value, (dict, list)) else value or "null"
    raise ValueError(f"{what} cannot be a key")


def _float_key(number: float) -> str:
    """Return the number as Go writes 32 bits of it: shortest, with an exponent from 1e+06 on."""
    try:
        (number,) = struct.unpack("f", struct.pack("f", number))
    except OverflowError:
        number = math.copysign(math.inf, number)
    if not math.isfinite(number):
        return ".nan" if math.isnan(number) else ".inf" if number > 0 else "-.inf"
    roundings = (f"{number:.{places}e}" for places in range(9))
    shortest = next(
        text for text in roundings if struct.pack("f", float(text)) == struct.pack("f", number)
    )
    if -4 <= int(shortest.partition("e")[2]) < 6:
        return repr(float(shortest)).removesuffix(".0")
    return shortest


def tag_name(tag: str) -> str:
    """Return the tag as people write it: `!!int`."""
    return f"!!{tag.removeprefix(TAG)}" if tag.startswith(TAG) else tag


def brief(text: str) -> str:
    """Return the text in quotes, cut where it is long."""
    return repr(text if len(text) <= 40 else f"{text[:37]}...")
