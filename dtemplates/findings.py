"""What is wrong, and where: one type for settings errors, schema problems and notes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

Level = Literal["error", "warning", "info"]
Path = tuple[str | int, ...]

# Half of a surrogate pair: a string to Python alone, which neither JSON nor YAML can hold.
HALF = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


# Ids of what is found wrong before any rule looks; the rules' own are theirs.
YAML, SETTINGS, SCHEMA, TEMPLATE, PATCH, VERSION, RULE = (f"DT00{number}" for number in range(1, 8))
LEVELS: tuple[Level, ...] = ("error", "warning", "info")


class Place(NamedTuple):
    """A place in a rendered manifest: number of the document in the file, path in the document."""

    file: str
    path: Path = ()
    document: int = 0
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong or worth knowing.

    `line` and `column` count from 1, as editors do, and are None where the file has no place to
    point at. `path` leads to the value: in the settings (`nodegroups.0.name`) or in the document.
    Where settings caused it, the place is the settings', and `rendered` is what came of them; `job`
    names the job that it is about, where several may come of one place.
    `id` names the rule, or is empty for what a tool or the system said. `excerpt` is the line
    itself, and `width` the number of its characters that the finding is about.
    `str()` of it is the one line that a person reads, in the form that compilers use.
    """

    message: str
    file: str = ""
    line: int | None = None
    column: int | None = None
    path: Path = ()
    remedy: str = ""
    level: Level = "error"
    id: str = ""
    rendered: Place | None = None
    job: str = ""
    excerpt: str = field(default="", compare=False, repr=False)
    width: int = field(default=1, compare=False, repr=False)

    @property
    def place(self) -> str:
        """`file:line:column`, as far as each is known."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part)

    @property
    def title(self) -> str:
        """The level, with the id that `dtemplates explain` takes: `error[DT201]`."""
        return f"{self.level}[{self.id}]" if self.id else self.level

    def __str__(self) -> str:
        parts = [self.place, self.title, dotted(self.path), self.message]
        text = ": ".join(part for part in parts if part)
        if self.rendered:
            where = filter(None, (self.rendered.file, dotted(self.rendered.path)))
            text += f" (in {': '.join(where)})"
        return printable(f"{text}; {self.remedy}" if self.remedy else text)


def reaches(findings: Iterable[Finding], level: Level = "error") -> bool:
    """Return whether any finding is at the level or above it."""
    return any(LEVELS.index(one.level) <= LEVELS.index(level) for one in findings)


def dotted(path: Path) -> str:
    """`("nodegroups", 0, "name")` as `nodegroups.0.name`; a key that holds a dot is quoted."""
    return ".".join(
        f'"{part}"' if isinstance(part, str) and (not part or "." in part) else str(part)
        for part in path
    )


def printable(text: str) -> str:
    """Return the text on one line, with whatever could steer a terminal as an escape."""
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def shown(value: Any) -> str:
    """Return a value as messages show it: short, on one line."""
    if isinstance(value, dict):
        return "this mapping" if value else "an empty mapping"
    if isinstance(value, list):
        return "this list" if value else "an empty list"
    text = json.dumps(value, ensure_ascii=False)
    if len(text) <= 80:
        return text
    return f'{text[:76]}…"' if isinstance(value, str) else f"{text[:76]}…"


def has(container: Any, part: str | int) -> bool:
    """Return whether a mapping has this key, or a list an item of this number."""
    if isinstance(container, list):
        return isinstance(part, int) and part < len(container)
    return isinstance(container, dict) and part in container


def exists(document: Any, path: Path) -> bool:
    """Return whether a document has something at a path, null among it."""
    return not path or has(value_at(document, path[:-1]), path[-1])


def value_at(document: Any, path: Path) -> Any:
    """Return what a document has at a path; None where it has nothing there."""
    for part in path:
        if not has(document, part):
            return None
        document = document[part]
    return document
