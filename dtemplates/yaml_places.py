"""Where the values of a YAML stream stand: found by reading again, and as little as will do."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml
from yaml.events import MappingEndEvent, MappingStartEvent, SequenceEndEvent, SequenceStartEvent

from dtemplates.yaml_documents import Documents
from dtemplates.yaml_syntax import line_starts, parser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dtemplates.findings import Path

_STARTS = (MappingStartEvent, SequenceStartEvent)
_ENDS = (MappingEndEvent, SequenceEndEvent)

# So many characters are more than most places are away from where their map or list begins.
_AT_ONCE = 500


class Place(NamedTuple):
    """Where a key or a value begins in the stream, and what the parser tells of it."""

    at: int
    event: Any


class Found(NamedTuple):
    """The places of a key and its value, and how many parts of the path they were found by.

    A root and an item of a list have one place for both.
    """

    key: Place
    value: Place
    depth: int


class Places:
    """The places of a stream's values; few are asked for, so that only those are looked up.

    What tells where maps and lists begin is as large as the documents themselves. Without
    `documents` it is read again when it is wanted.
    """

    def __init__(self, text: str, name: str, documents: Documents | None = None) -> None:
        self._text, self._name = text, name
        if documents:
            self._documents = documents
        # By the id of a map or list.
        self._levels: dict[int, _Level] = {}

    def find(self, path: Path, document: int) -> Found | None:
        """Return the places of what is at a path, or else of the nearest parent that exists.

        None where there is no such document.
        """
        if not 0 <= document < len(self._documents.values):
            return None
        holder, node = None, self._documents.values[document]
        depth = 0
        while depth < len(path) and _holds(node, path[depth]):
            holder, node = node, node[path[depth]]
            depth += 1
        if holder is not None:
            found = self._inside(holder, path[depth - 1])
            return Found(*found, depth) if found else self.find(path[: depth - 1], document)
        root = self._documents.roots[document]
        place = Place(root.start_mark.index, root)
        return Found(place, place, 0)

    def line(self, index: int) -> tuple[int, int]:
        """Return the number of the line that an index is in, from 0, and where that begins."""
        number = bisect_right(self._line_starts, index) - 1
        return number, self._line_starts[number]

    @cached_property
    def _documents(self) -> Documents:
        documents = Documents(self._text, self._name)
        documents.read()
        return documents

    @cached_property
    def _line_starts(self) -> list[int]:
        return line_starts(self._text)

    def _inside(self, holder: Any, part: str | int) -> tuple[Place, Place] | None:
        """Return the places of what a map or list holds; None where the parser sees none."""
        if events := self._documents.irregular.get(id(holder)):
            key, value = (Place(event.start_mark.index, event) for event in events[str(part)])
            return key, value
        level = self._levels.get(id(holder))
        if level is None:
            begin = self._documents.begins[id(holder)]
            end = self._documents.ends.get(id(holder), len(self._text))
            level = _Level(holder, self._text, begin, end, begin - self.line(begin)[1])
            self._levels[id(holder)] = level
        return level.find(part)


class _Level:
    """What stands in one map or list of a text: from `begin` to `end`, from a column on."""

    def __init__(self, holder: Any, text: str, begin: int, end: int, column: int) -> None:
        # The keys of a map are in the order in which they stand there.
        keys = holder if isinstance(holder, dict) else range(len(holder))
        self._numbers = {key: number for number, key in enumerate(keys)}
        self._text, self._begin, self._end, self._column = text, begin, end, column
        self._known: list[tuple[Place, Place]] = []

    def find(self, part: str | int) -> tuple[Place, Place] | None:
        """Return the places of a key and its value; None where the parser stops before them."""
        number = self._numbers[part]
        if number >= len(self._known):
            # Most are asked once: only for others it pays to read to the end.
            self._known = self._read(len(self._numbers) if self._known else number + 1)
        return self._known[number] if number < len(self._known) else None

    def _read(self, most: int) -> list[tuple[Place, Place]]:
        found: list[tuple[Place, Place]] = []
        shift = self._begin - self._column
        pairs = _pairs(parser(_Excerpt(self._text, self._begin, self._end, self._column)).get_event)
        try:
            for pair in islice(pairs, most):
                key, value = (Place(event.start_mark.index + shift, event) for event in pair)
                found.append((key, value))
        except yaml.YAMLError:
            # Handles of tags, for one, are told at the top of a document alone.
            pass
        return found


class _Excerpt:
    """A part of a text as a file, of which a parser reads no more than it needs.

    It begins as far from the margin as it did, so that its lines still fit each other.
    """

    def __init__(self, text: str, begin: int, end: int, column: int) -> None:
        self._text, self._begin, self._end = text, begin, end
        self._margin = " " * column

    def read(self, length: int = -1, /) -> str:
        """Return what comes next; nothing at the end."""
        if margin := self._margin:
            self._margin = ""
            return margin
        begin = self._begin
        self._begin = min(begin + min(length, _AT_ONCE), self._end)
        return self._text[begin : self._begin]


def _pairs(read: Callable[[], Any]) -> Iterator[tuple[Any, Any]]:
    """Yield the events of each key and value in a map; an item of a list is both."""
    while type(start := read()) not in _STARTS:
        pass
    while type(key := read()) not in _ENDS:
        value = key
        if type(start) is MappingStartEvent:
            _skip(read, key)
            value = read()
        yield key, value
        _skip(read, value)


def _skip(read: Callable[[], Any], event: Any) -> None:
    """Read to the end of what begins with an event."""
    depth = 0
    while True:
        depth += (type(event) in _STARTS) - (type(event) in _ENDS)
        if depth == 0:
            return
        event = read()


def _holds(node: Any, part: str | int) -> bool:
    if isinstance(node, dict):
        return part in node
    return isinstance(node, list) and isinstance(part, int) and 0 <= part < len(node)
