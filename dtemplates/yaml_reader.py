"""YAML in, read as Kubernetes reads it, with the place of every value."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from yaml.events import ScalarEvent

from dtemplates.findings import Finding, printable
from dtemplates.yaml_documents import Documents, width
from dtemplates.yaml_places import Places
from dtemplates.yaml_syntax import decode, line_of

if TYPE_CHECKING:
    from dtemplates.findings import Level, Path

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
    JSON does not have. `places` are for what asks where something stands.
    """

    name: str
    text: str
    documents: tuple[JSON, ...]
    findings: tuple[Finding, ...]
    places: Places | None = field(default=None, compare=False, repr=False)

    def position(self, path: Path, document: int = 0, *, key: bool = False) -> tuple[int, int]:
        """Return line and column, from 1, of the value at `path`, or of its key.

        Where the path does not exist, it is the place of the nearest parent that does.
        """
        found = self._places.find(path, document)
        if found is None:
            return 1, 1
        index = (found.key if key else found.value).at
        line, start = self._places.line(index)
        return line + 1, index - start + 1

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
        # Whatever of the file they name, words are on one line, and steer no terminal.
        message, remedy = printable(message), printable(remedy)
        found = self._places.find(path, document)
        if found is None:
            return Finding(message, self.name, 1, 1, path, remedy, level, id)
        index, event = found.key if key else found.value
        line, start = self._places.line(index)
        excerpt = line_of(self.text, start)
        return Finding(
            message,
            self.name,
            line + 1,
            index - start + 1,
            path,
            remedy,
            level,
            id,
            excerpt=excerpt,
            width=_width(event, excerpt[index - start :]),
        )

    def written(self, path: Path, document: int = 0) -> str | None:
        """Return the text of a plain scalar, such as `1.30`; None for all else."""
        found = self._places.find(path, document)
        if found is None or found.depth < len(path):
            return None
        event = found.value.event
        return event.value if isinstance(event, ScalarEvent) and event.implicit[0] else None

    @property
    def _places(self) -> Places:
        return self.places or read_yaml(self.text, self.name)._places


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


def read_yaml(text: str | bytes, name: str, *, with_places: bool = True) -> YamlText:
    r"""Return the documents of a YAML stream, with the values that Kubernetes reads.

    Of equal keys the last one counts, and `<<` replaces what stands before it, both as in kubectl.
    Two things are read that Kubernetes refuses: `\/` in double quotes, and plain text with `?`
    between brackets. Bytes are UTF-8, or UTF-16 with a byte order mark. Without `with_places` it
    takes half the memory, and is read once more where places are asked for.

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
        Places(documents.text, name, documents if with_places else None),
    )
