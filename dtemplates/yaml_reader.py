"""YAML in, read as Kubernetes reads it, with the place of every value."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from yaml.events import ScalarEvent

from dtemplates.findings import Finding
from dtemplates.yaml_documents import Documents, width
from dtemplates.yaml_places import PlacedDocument, placed_documents
from dtemplates.yaml_syntax import decode, line_of

if TYPE_CHECKING:
    from dtemplates.findings import Level, Path
    from dtemplates.yaml_documents import Start

# Quoted text, brackets, and whatever else stands between them.
_PIECES = re.compile(r"""'[^']*'|"(?:[^"\\]|\\.)*"|.""")
_WORD = re.compile(r"[^\s:]+")
JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"


@dataclass(frozen=True)
class YamlText:
    """One YAML stream, read.

    `name` is what messages call it, `text` has no byte order mark. `documents` are plain JSON
    values that share nothing: what an alias repeats is a copy. Documents without a value are left
    out. `findings` tell what could be read but is wrong: duplicate keys, unknown tags, and what
    JSON does not have. `starts` are the documents' beginnings.
    """

    name: str
    text: str
    documents: tuple[JSON, ...]
    findings: tuple[Finding, ...]
    starts: tuple[Start, ...] = field(default=(), compare=False, repr=False)

    def position(self, path: Path, document: int = 0, *, key: bool = False) -> tuple[int, int]:
        """Return line and column, from 1, of the value at `path`, or of its key.

        Where the path does not exist, it is the place of the nearest parent that does.
        """
        trail = self._trail(path, document)
        if not trail:
            return 1, 1
        mark = trail[-1][not key].start_mark
        return self._placed[document].line + mark.line + 1, mark.column + 1

    def finding(
        self,
        message: str,
        path: Path,
        document: int = 0,
        *,
        key: bool = False,
        remedy: str = "",
        level: Level = "error",
        id: str = "",
    ) -> Finding:
        """Return a finding about the value at `path`, or its key, that shows the line."""
        trail = self._trail(path, document)
        if not trail:
            return Finding(message, self.name, 1, 1, path, remedy, level, id)
        event, within = trail[-1][not key], self._placed[document]
        mark = event.start_mark
        excerpt = line_of(within.text, mark.index - mark.column)
        return Finding(
            message,
            self.name,
            within.line + mark.line + 1,
            mark.column + 1,
            path,
            remedy,
            level,
            id,
            excerpt=excerpt,
            width=_width(event, excerpt[mark.column :]),
        )

    def written(self, path: Path, document: int = 0) -> str | None:
        """Return the text of a plain scalar, such as `1.30`; None for all else."""
        trail = self._trail(path, document)
        event = trail[-1][1] if len(trail) == len(path) + 1 else None
        return event.value if isinstance(event, ScalarEvent) and event.implicit[0] else None

    def _trail(self, path: Path, document: int) -> list[tuple[Any, Any]]:
        """Return the events of key and value down to the path; none without such a document."""
        known = 0 <= document < len(self._placed)
        return self._placed[document].trail(path) if known else []

    @cached_property
    def _placed(self) -> tuple[PlacedDocument, ...]:
        return placed_documents(self.text, self.starts, is_sound=not self.findings)


def _width(event: Any, rest: str) -> int:
    """Return how much of the rest of its line a value takes that begins with the event."""
    if isinstance(event, ScalarEvent):
        return width(event)
    if rest[:1] in ("[", "{"):
        depth = 0
        for piece in _PIECES.finditer(rest):
            depth += (piece[0] in "[{") - (piece[0] in "]}")
            if depth == 0:
                return piece.end()
    # Of a map or list that goes on below, the first word.
    word = _WORD.match(rest)
    return word.end() if word else 1


def read_yaml(text: str | bytes, name: str) -> YamlText:
    r"""Return the documents of a YAML stream, with the values that Kubernetes reads.

    Of equal keys the last one counts, and `<<` replaces what stands before it, both as in kubectl.
    Two things are read that Kubernetes refuses: `\/` in double quotes, and plain text with `?`
    between brackets. Bytes are UTF-8, or UTF-16 with a byte order mark.

    Raises InputError, with one finding that has line and column, if the text is no YAML, repeats
    an anchor that is not there or not complete, nests more than 100 maps and lists, or repeats
    more than a million values.
    """
    decoded = decode(text, name) if isinstance(text, bytes) else text
    documents = Documents(decoded.removeprefix("\ufeff"), name)
    documents.read()
    return YamlText(
        name,
        documents.text,
        tuple(documents.values),
        tuple(documents.findings),
        tuple(documents.starts),
    )
