"""Overrides of single settings, as `--set fsx.file_system_id=fs-0123456789abcdef0` gives them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from dtemplates.errors import InputError, SettingsError
from dtemplates.findings import HALF, SETTINGS, Finding, dotted
from dtemplates.settings import fields
from dtemplates.yaml_reader import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dtemplates.findings import Path


# No setting is deeper; what patches hold may be.
_DEEPEST = 32


class _Unfit(Exception):
    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


def apply(document: Any, overrides: Iterable[str]) -> tuple[Any, dict[Path, str]]:
    r"""Return a copy of the document with each `setting=value` set, and which set which path.

    A list's items are named by their number or their `name`; a dot within a key is written `\.`.
    The value is text where the setting wants text, and YAML elsewhere. Raises `SettingsError`.
    """
    document = json.loads(json.dumps(document))
    origins: dict[Path, str] = {}
    problems = []
    for override in overrides:
        try:
            origins[_set(document, override)] = override
        except _Unfit as error:
            problems.append(
                Finding(str(error), file=f"--set {override}", remedy=error.remedy, id=SETTINGS)
            )
    if problems:
        raise SettingsError(problems)
    return document, origins


def _set(document: Any, override: str) -> Path:
    name, equals, value = override.partition("=")
    if not equals or not name:
        raise _Unfit("is not of the form setting=value", "for example cluster.name=demo")
    *parents, last = re.split(r"(?<!\\)[.]", name)
    if len(parents) > _DEEPEST:
        raise _Unfit(f"names more than {_DEEPEST} settings within one another")
    if HALF.search(override):
        raise _Unfit("holds half a character")
    container = document
    path: Path = ()
    for part in parents:
        key = _key(container, path, part)
        path = (*path, key)
        container = _enter(container, key, path)
    key = _key(container, path, last)
    path = (*path, key)
    _store(container, key, value if fields.wants_text(path) else _yaml(value))
    return path


def _key(container: Any, path: Path, part: str) -> str | int:
    """Return the key or number that `part` stands for in the container, which is at `path`."""
    part = part.replace("\\.", ".")
    if not isinstance(container, list):
        return part
    known = [item.get("name") for item in container if isinstance(item, dict)]
    if part in known:
        return known.index(part)
    if part.isdecimal() and len(part) < 9 and int(part) <= len(container):
        return int(part)
    remedy = f"it has {', '.join(map(str, known))}" if known else ""
    raise _Unfit(f"{dotted(path)} has no item {part!r}", remedy)


def _enter(container: Any, key: str | int, path: Path) -> Any:
    """Return what is at `key`, which is also `path`; made where there is nothing yet."""
    if isinstance(key, int):
        inner = container[key] if key < len(container) else None
    else:
        inner = container.get(key)
    if inner is None:
        inner = [] if fields.wants_list(path) else {}
        _store(container, key, inner)
    if not isinstance(inner, dict | list):
        raise _Unfit(f"{dotted(path)} is {inner!r}, which has no settings in it")
    return inner


def _store(container: Any, key: str | int, value: Any) -> None:
    if isinstance(key, int) and key == len(container):
        container.append(value)
    else:
        container[key] = value


def _yaml(value: str) -> Any:
    try:
        yaml = read_yaml(value, "value")
    except InputError as error:
        raise _Unfit(f"the value is not YAML: {error.findings[0].message}") from None
    if yaml.findings:
        raise _Unfit(f"the value is wrong: {yaml.findings[0].message}")
    if len(yaml.documents) > 1:
        raise _Unfit("the value is more than one YAML document")
    return yaml.documents[0] if yaml.documents else None
