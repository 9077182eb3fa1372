"""Command lines as the real tools read them: an unknown flag is an error, not a guess."""

from __future__ import annotations

from typing import Any

# What a flag takes: nothing, one value, a number, or a value each time it is given.
BOOL, VALUE, NUMBER, MANY = "bool", "value", "number", "many"


class Refused(Exception):
    """The command line is not one of this tool's."""


def number(name: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise Refused(
            f'invalid argument "{value}" for "{name}" flag: '
            f'strconv.ParseInt: parsing "{value}": invalid syntax'
        ) from None


def go(arguments: list[str], known: dict[str, str]) -> tuple[list[str], dict[str, Any]]:
    """Flags in the manner of Go's pflag; `known` maps "name" or "name,n" to what the flag takes."""
    kinds: dict[str, tuple[str, str]] = {}
    for names, kind in known.items():
        name, _, letter = names.partition(",")
        kinds[f"--{name}"] = (name, kind)
        if letter:
            kinds[f"-{letter}"] = (name, kind)
    words: list[str] = []
    given: dict[str, Any] = {}
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return [*words, *rest], given
        if not word.startswith("-") or word == "-":
            words.append(word)
            continue
        flag, equals, value = word.partition("=")
        if not word.startswith("--") and len(flag) > 2:
            flag, equals, value = word[:2], "=", word[2:].removeprefix("=")
        if flag not in kinds:
            raise Refused(
                f"unknown flag: {flag}"
                if flag.startswith("--")
                else f"unknown shorthand flag: '{flag[1]}' in {word}"
            )
        name, kind = kinds[flag]
        if kind == BOOL:
            if equals and value not in ("true", "false"):
                raise Refused(
                    f'invalid argument "{value}" for "{flag}" flag: '
                    f'strconv.ParseBool: parsing "{value}": invalid syntax'
                )
            given[name] = value != "false"
            continue
        if not equals:
            if not rest:
                raise Refused(
                    f"flag needs an argument: {flag}"
                    if flag.startswith("--")
                    else f"flag needs an argument: '{flag[1]}' in {word}"
                )
            value = rest.pop(0)
        if kind == MANY:
            given.setdefault(name, []).append(value)
        else:
            given[name] = number(flag, value) if kind == NUMBER else value
    return words, given


def aws(arguments: list[str], known: dict[str, str]) -> tuple[list[str], dict[str, Any]]:
    """Options in the manner of the AWS CLI: lists run up to the next option."""
    words: list[str] = []
    given: dict[str, Any] = {}
    unknown: list[str] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            (unknown if unknown else words).append(word)
            continue
        option, equals, value = word.partition("=")
        name = option.removeprefix("--")
        kind = known.get(name)
        if kind is None:
            unknown.append(word)
        elif kind == BOOL:
            given[name] = True
        elif kind == MANY:
            values = [value] if equals else []
            while rest and not rest[0].startswith("--"):
                values.append(rest.pop(0))
            if not values:
                raise Refused(f"aws: error: argument {option}: expected at least one argument")
            given[name] = values
        else:
            if not equals:
                if not rest or rest[0].startswith("--"):
                    raise Refused(f"aws: error: argument {option}: expected one argument")
                value = rest.pop(0)
            given[name] = value
    if unknown:
        raise Refused(f"Unknown options: {', '.join(unknown)}")
    return words, given
