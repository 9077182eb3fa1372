"""Where the values of a YAML stream stand: found by reading again, and as little as will do."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from yaml.events import (
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from dtemplates.yaml_documents import Documents
from dtemplates.yaml_scalars import as_key, resolve, resolve_tagged
from dtemplates.yaml_syntax import parser

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dtemplates.findings import Path
    from dtemplates.yaml_documents import Start

_STARTS = (MappingStartEvent, SequenceStartEvent)
_ENDS = (MappingEndEvent, SequenceEndEvent)
# Whatever has one of these may repeat or merge values, which stand elsewhere than they count.
_REPEATING = ("*", "<<")


class PlacedDocument:
    """The text of one document; `line` is the number of its first line in its stream, from 0.

    `is_sound` tells that there is nothing wrong in it, such as duplicate keys.
    """

    def __init__(self, text: str, line: int, *, is_sound: bool) -> None:
        self.text, self.line = text, line
        self._may_walk = is_sound and not any(sign in text for sign in _REPEATING)

    def trail(self, path: Path) -> list[tuple[Any, Any]]:
        """Return the events of key and value: the root's, and of each part of an existing path.

        Their marks count from where the document begins.
        """
        if self._may_walk:
            # Most documents are asked once: only for others it pays to note all places.
            self._may_walk = False
            return _walk(self.text, path)
        return _noted_trail(self._noted, path)

    @cached_property
    def _noted(self) -> Documents:
        documents = Documents(self.text, "", note_places=True)
        documents.read()
        return documents


def placed_documents(
    text: str, starts: Sequence[Start], *, is_sound: bool
) -> tuple[PlacedDocument, ...]:
    """Return the documents of a stream, each of which begins at one of the starts."""
    ends = [start.offset for start in starts[1:]] + [len(text)] * bool(starts)
    return tuple(
        PlacedDocument(text[start.offset : end], start.line, is_sound=is_sound)
        for start, end in zip(starts, ends, strict=True)
    )


def _noted_trail(documents: Documents, path: Path) -> list[tuple[Any, Any]]:
    """Return the events along a path of the first document, whose places are noted."""
    node, root = documents.values[0], documents.roots[0]
    trail = [(root, root)]
    for part in path:
        places = documents.places[id(node)] if isinstance(node, (dict, list)) else {}
        if part not in places:
            break
        trail.append(places[part])
        node = node[part]
    return trail


def _walk(text: str, path: Path) -> list[tuple[Any, Any]]:
    """Return the events along a path of the first document; reads no further than that."""
    read = parser(text).get_event
    while type(read()) is not DocumentStartEvent:
        pass
    event = read()
    trail = [(event, event)]
    for part in path:
        below = _step(read, event, part)
        if below is None:
            break
        trail.append(below)
        event = below[1]
    return trail


def _step(read: Callable[[], Any], event: Any, part: str | int) -> tuple[Any, Any] | None:
    """Return the events of a key and its value in what begins with an event; an item is both."""
    if type(event) is SequenceStartEvent:
        number = 0
        while type(item := read()) is not SequenceEndEvent:
            if number == part:
                return item, item
            _skip(read, item)
            number += 1
    elif type(event) is MappingStartEvent:
        while type(key := read()) is not MappingEndEvent:
            value = read()
            if _key(key) == part:
                return key, value
            _skip(read, value)
    return None


def _key(event: Any) -> str:
    if event.tag is not None:
        return as_key(resolve_tagged(event.value, event.tag))
    return as_key(resolve(event.value)) if event.implicit[0] else str(event.value)


def _skip(read: Callable[[], Any], event: Any) -> None:
    """Read to the end of what begins with an event."""
    depth = 0
    while True:
        depth += (type(event) in _STARTS) - (type(event) in _ENDS)
        if depth == 0:
            return
        event = read()
