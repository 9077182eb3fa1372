"""The documents of a YAML stream, as Kubernetes reads them, and what is wrong in them."""

from __future__ import annotations

import reprlib
from sys import intern
from typing import TYPE_CHECKING, Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from dtemplates.errors import InputError
from dtemplates.yaml_scalars import (
    HINTS,
    TAG,
    as_json,
    as_key,
    brief,
    resolve,
    resolve_tagged,
    tag_name,
)
from dtemplates.yaml_syntax import MAX_DEPTH, TOO_DEEP, finding_at, parser, syntax_finding

if TYPE_CHECKING:
    from collections.abc import Callable

    from dtemplates.findings import Finding
    from dtemplates.yaml_scalars import Scalar

MAX_ALIASED = 1_000_000

_COLLECTION_TAGS = frozenset([None, "!", f"{TAG}map", f"{TAG}seq"])


class Documents:
    """What a YAML stream holds, built from the parser's events in one pass.

    The parser does not recurse, so that no text nests deeper than this class lets it; and events
    have places, so that findings need no second pass. `begins`, `ends` and `irregular` are for
    whoever looks for the place of a value later.
    """

    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.name = name
        self.values: list[Any] = []
        self.roots: list[Any] = []
        self.findings: list[Finding] = []
        # By the id of a map or list: where in the text it begins; and where it ends, if it stands
        # between brackets.
        self.begins: dict[int, int] = {}
        self.ends: dict[int, int] = {}
        # By the id of a map whose keys are not those that stand in it, one after another, because
        # it merges maps or repeats keys: the events of each key and its value.
        self.irregular: dict[int, dict[str, tuple[Any, Any]]] = {}
        # What an anchor names, in a list that is empty as long as that is not complete.
        self.anchors: dict[str, list[Any]] = {}
        self.room = MAX_ALIASED
        self.next: Callable[[], Any]

    def read(self) -> None:
        """Fill `values` and `findings`; raises InputError."""
        try:
            self.next = parser(self.text).get_event
            while type(event := self.next()) is not StreamEndEvent:
                if type(event) is DocumentStartEvent:
                    self._document(event)
            # The parser holds the text once more.
            del self.next
        # libyaml takes UTF-8, which has no lone surrogates.
        except (yaml.YAMLError, UnicodeEncodeError) as error:
            raise InputError([syntax_finding(error, self.text, self.name)]) from error

    def _document(self, start: Any) -> None:
        if start.version not in (None, (1, 1)):
            raise self._refusal(start, "Kubernetes reads YAML 1.1 only", "delete the %YAML line")
        self.anchors = {}
        root = self.next()
        document = self._value(root, 0)
        if document is not None:
            self.values.append(document)
            self.roots.append(root)

    def _value(self, event: Any, depth: int) -> Any:
        """Return the JSON value that begins with the event, inside of `depth` maps and lists."""
        value = self._raw(event, depth)
        if type(value) is not float:
            return value
        try:
            return as_json(value)
        except ValueError as error:
            self._report(event, str(error), "quote it if it is text")
            return as_key(value)

    def _raw(self, event: Any, depth: int) -> Any:
        """Return the value as YAML has it, of which a key can be made: floats are still floats."""
        kind = type(event)
        if kind is ScalarEvent:
            text: str = event.value
            may_mean_more = event.implicit[0] and text[:1] in HINTS
            if not may_mean_more and event.tag is None and event.anchor is None:
                # Of many documents most words are the same: they are kept once.
                return intern(text)
            return self._scalar(event)
        if kind is AliasEvent:
            return self._aliased(event, depth)
        if depth == MAX_DEPTH:
            raise self._too_deep(event)
        if event.tag not in _COLLECTION_TAGS:
            message = f"tag '{tag_name(event.tag)}' means nothing to Kubernetes"
            self._report(event, message, "delete it")
        build = self._mapping if kind is MappingStartEvent else self._sequence
        if event.anchor is None:
            return build(event, depth + 1)
        slot = self.anchors[event.anchor] = []
        slot.append(build(event, depth + 1))
        return slot[0]

    def _scalar(self, event: Any) -> Scalar:
        value: Scalar = event.value
        if event.tag is not None:
            try:
                value = resolve_tagged(event.value, event.tag)
            except ValueError as error:
                self._report(event, str(error), "delete the tag, or quote it with the text")
        elif event.implicit[0]:
            value = resolve(event.value)
        if event.anchor is not None:
            self.anchors[event.anchor] = [value]
        return value

    def _sequence(self, start: Any, depth: int) -> list[Any]:
        result: list[Any] = []
        read = self.next
        while type(event := read()) is not SequenceEndEvent:
            result.append(self._value(event, depth))
        self.begins[id(result)] = start.start_mark.index
        if start.flow_style:
            assert event.end_mark is not None
            self.ends[id(result)] = event.end_mark.index
        return result

    def _mapping(self, start: Any, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        merged: dict[str, tuple[Any, Any]] | None = None
        places: dict[str, tuple[Any, Any]] = {}
        read = self.next
        while type(event := read()) is not MappingEndEvent:
            key = self._raw(event, depth)
            after = read()
            value = self._value(after, depth)
            if key == "<<" and _merges(event):
                merged = merged or {}
                for part in self._parts(value, after):
                    result |= part
                    merged |= dict.fromkeys(part, (event, after))
                continue
            if type(key) is not str:
                key = self._key(key, event)
            first = event
            if key in places:
                first = places[key][0]
                line = first.start_mark.line + 1
                self._report(event, f"duplicate key {brief(key)}; first given on line {line}")
                merged = merged or {}
            places[key] = first, after
            result[key] = value
        self.begins[id(result)] = start.start_mark.index
        if start.flow_style:
            assert event.end_mark is not None
            self.ends[id(result)] = event.end_mark.index
        if merged is not None:
            self.irregular[id(result)] = merged | places
        return result

    def _key(self, raw: Any, event: Any) -> str:
        try:
            return as_key(raw)
        except ValueError as error:
            self._report(event, str(error), "quote it if it is text")
            # Cut short, for maps as keys of maps as keys would otherwise grow without limit.
            return "null" if raw is None else reprlib.repr(raw)

    def _parts(self, value: Any, event: Any) -> list[dict[str, Any]]:
        """Return the maps that `<<` brings, in the order in which they are to be applied."""
        parts = value[::-1] if isinstance(value, list) else [value]
        if all(isinstance(part, dict) for part in parts):
            return parts
        self._report(event, "'<<' takes a map, or a list of maps")
        return []

    def _aliased(self, event: Any, depth: int) -> Any:
        slot = self.anchors.get(event.anchor)
        if slot is None:
            message = f"'*{event.anchor}' refers to no '&{event.anchor}' above"
            raise self._refusal(event, message, "quote it if it is text")
        if not slot:
            raise self._refusal(event, f"'&{event.anchor}' contains itself")
        return self._copy(slot[0], event, depth)

    def _copy(self, value: Any, event: Any, depth: int) -> Any:
        self.room -= 1
        if self.room < 0:
            raise self._refusal(event, f"aliases repeat more than {MAX_ALIASED:,} values")
        if not isinstance(value, (dict, list)):
            return value
        if depth == MAX_DEPTH:
            raise self._too_deep(event)
        items = value.items() if isinstance(value, dict) else enumerate(value)
        pairs = [(key, self._copy(item, event, depth + 1)) for key, item in items]
        twin = dict(pairs) if isinstance(value, dict) else [item for _, item in pairs]
        self.begins[id(twin)] = self.begins[id(value)]
        if id(value) in self.ends:
            self.ends[id(twin)] = self.ends[id(value)]
        if id(value) in self.irregular:
            self.irregular[id(twin)] = self.irregular[id(value)]
        return twin

    def _report(self, event: Any, message: str, remedy: str = "") -> None:
        mark = event.start_mark
        self.findings.append(finding_at(message, self.text, self.name, mark, remedy, width(event)))

    def _refusal(self, event: Any, message: str, remedy: str = "") -> InputError:
        self._report(event, message, remedy)
        return InputError(self.findings[-1:])

    def _too_deep(self, event: Any) -> InputError:
        return self._refusal(event, TOO_DEEP)


def width(event: Any) -> int:
    """Return how many characters of its line an event takes, as far as it tells."""
    start, end = event.start_mark, event.end_mark
    return max(1, end.column - start.column) if start.line == end.line else 1


def _merges(event: Any) -> bool:
    """Return whether a key `<<` is the merge key, and not the text."""
    return type(event) is ScalarEvent and (event.implicit[0] or event.tag == f"{TAG}merge")
