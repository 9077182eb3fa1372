"""YAML in, read as Kubernetes reads it, with the place of every value."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from yaml.events import ScalarEvent

from dtemplates.yaml_documents import Documents
from dtemplates.yaml_syntax import decode

if TYPE_CHECKING:
    from dtemplates.findings import Finding, Path

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"


@dataclass(frozen=True)
class YamlText:
    """One YAML stream, read.

    `name` is what messages call it, `text` has no byte order mark. `documents` are plain JSON
    values that share nothing: what an alias repeats is a copy. Documents without a value are left
    out. `findings` tell what could be read but is wrong: duplicate keys, unknown tags, and what
    JSON does not have.
    """

    name: str
    text: str
    documents: tuple[JSON, ...]
    findings: tuple[Finding, ...]

    def position(self, path: Path, document: int = 0, *, key: bool = False) -> tuple[int, int]:
        """Return line and column, from 1, of the value at `path`, or of its key.

        Where the path does not exist, it is the place of the nearest parent that does.
        """
        for start, after in self._placed.trail(path, document)[-1:]:
            mark = (start if key else after).start_mark
            return mark.line + 1, mark.column + 1
        return 1, 1

    def written(self, path: Path, document: int = 0) -> str | None:
        """Return the text of a plain scalar, such as `1.30`; None for all else."""
        trail = self._placed.trail(path, document)
        event = trail[-1][1] if len(trail) == len(path) + 1 else None
        return event.value if isinstance(event, ScalarEvent) and event.implicit[0] else None

    @cached_property
    def _placed(self) -> Documents:
        # Few texts are asked for a place, so that only those are read again to note them.
        documents = Documents(self.text, self.name, note_places=True)
        documents.read()
        return documents


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
    return YamlText(name, documents.text, tuple(documents.values), tuple(documents.findings))
