"""What is left of wrong settings, so that one mistake does not hide the next.

Whatever a finding is about is taken out, or an example stands in for it where it is required; the
rest can then be checked further. Paths are those of the document as it was written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dtemplates.findings import exists
from dtemplates.settings import fields

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dtemplates.findings import Path


class Repair:
    """A document without what was found wrong in it."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._gone: set[Path] = set()
        self._stand_ins: dict[Path, Any] = {}
        # Where misspelt settings would be if they were spelt right.
        self._meant: set[Path] = set()

    @property
    def document(self) -> Any:
        """The document as far as it is right."""
        return self._copy(self._document, ())

    def take_out(self, paths: Iterable[Path]) -> bool:
        """Take out what is wrong at `paths` of `document`; return whether anything is left."""
        for path in [self.written(path) for path in paths]:
            examples = fields.examples(path) if fields.is_required(path) else []
            wrong_again = path in self._gone or path in self._stand_ins
            if suggestion := fields.suggestion(path):
                self._meant.add((*path[:-1], suggestion))
            if examples and not wrong_again:
                self._stand_ins[path] = examples[0]
                continue
            target = path if exists(self._document, path) and not wrong_again else path[:-1]
            if not target:
                return False
            self._gone.add(target)
        return True

    def hides(self, path: Path, *, below: bool = False) -> bool:
        """Return whether what is at a path as written, or above it, was found wrong.

        With `below`, whether anything in it was.
        """
        wrong = self._gone | self._stand_ins.keys() | self._meant
        return any(one == path[: len(one)] or (below and path == one[: len(path)]) for one in wrong)

    def lacks_items(self, path: Path) -> bool:
        """Return whether whole items of the list at a path, as written, were found wrong."""
        return any(one[:-1] == path for one in self._gone)

    def written(self, path: Path) -> Path:
        """Return the path as written of what is at `path` of `document`."""
        written: Path = ()
        for part in path:
            if isinstance(part, int):
                left = part
                part = 0
                while left or (*written, part) in self._gone:
                    left -= (*written, part) not in self._gone
                    part += 1
            written = (*written, part)
        return written

    def _copy(self, value: Any, path: Path) -> Any:
        if path in self._stand_ins:
            return self._stand_ins[path]
        if isinstance(value, dict):
            kept = {
                key: self._copy(inner, (*path, key))
                for key, inner in value.items()
                if (*path, key) not in self._gone
            }
            missing = {
                where[-1]: example
                for where, example in self._stand_ins.items()
                if where[:-1] == path and where[-1] not in value
            }
            return kept | missing
        if isinstance(value, list):
            return [
                self._copy(inner, (*path, number))
                for number, inner in enumerate(value)
                if (*path, number) not in self._gone
            ]
        return value
