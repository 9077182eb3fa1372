"""Findings as a person reads them: a line each, or pictures of the lines that are to blame."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from dtemplates.findings import dotted, printable
from dtemplates.folding import folded
from dtemplates.formats.parts import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dtemplates.findings import Finding, Level, Place
    from dtemplates.folding import Fold

_COLORS: dict[Level, str] = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "info": "\x1b[1;34m"}
_BOLD = "\x1b[1m"
_DIM = "\x1b[2;34m"
_RESET = "\x1b[0m"

_TAB = "    "
_CUT = "…"
# What of a source line is shown even where the terminal is narrower.
_LEAST = 20


class _Source(NamedTuple):
    """A source line as shown, the cells before what is marked, and the cells that are marked."""

    text: str
    before: int
    marked: int


def lines(findings: Sequence[Finding]) -> str:
    """Return a line for each finding: `file:line:column: error[DT201]: path: message; remedy`.

    The same of many jobs is one line.
    """
    return "".join(f"{fold}\n" for fold in folded(findings))


def pictures(findings: Sequence[Finding], *, color: bool, width: int) -> str:
    """Return each finding with its source line, what is wrong underlined, as compilers show it.

    The same of many jobs is one picture.
    Source lines are cut to `width` terminal cells, names and messages are not. `color` puts ANSI
    codes around level, numbers and marks; the text is the same without.
    """
    drawn = (
        "".join(f"{line}\n" for line in _picture(one, color, width)) for one in folded(findings)
    )
    return "\n".join(drawn)


def _picture(fold: Fold, color: bool, width: int) -> Iterator[str]:
    from rich.cells import cell_len

    finding = fold.first

    def painted(text: str, code: str) -> str:
        return f"{code}{text}{_RESET}" if color and text else text

    mark = _COLORS[finding.level]
    title = printable(finding.title)
    first, *rest = lines_of(finding.message)
    yield f"{painted(title, mark)}{painted(f': {first}', _BOLD)}"
    for line in rest:
        yield f"{' ' * (cell_len(title) + 2)}{painted(line, _BOLD)}"

    number = "" if finding.line is None else str(finding.line)
    gutter = max(1, len(number))
    bar = painted(f"{'':{gutter}} |", _DIM)
    if finding.place:
        yield f"{' ' * gutter}{painted('-->', _DIM)} {printable(finding.place)}"
    if finding.excerpt:
        source = _source(finding, max(width - gutter - len(" | "), _LEAST))
        yield bar
        yield f"{painted(f'{number:>{gutter}} |', _DIM)} {source.text}".rstrip(" ")
        if source.marked:
            yield f"{bar} {' ' * source.before}{painted('^' * source.marked, mark)}"
    for text in _notes(fold):
        first, *rest = lines_of(text)
        yield f"{' ' * gutter} {painted('=', _DIM)} {first}"
        for line in rest:
            yield f"{' ' * gutter}   {' ' * len('help: ')}{line}"


def _notes(fold: Fold) -> Iterator[str]:
    finding = fold.first
    if finding.rendered is not None:
        yield f"in {printable(_rendered(finding.rendered))}"
    elif finding.path:
        yield f"at {printable(dotted(finding.path))}"
    if fold.jobs:
        yield fold.jobs
    if finding.remedy:
        yield f"help: {finding.remedy}"


def _rendered(place: Place) -> str:
    # Most files hold one document, whose number would say nothing.
    file = f"{place.file}, document {place.document + 1}" if place.document else place.file
    return f"{file}: {dotted(place.path)}" if place.path else file


def _source(finding: Finding, room: int) -> _Source:
    """Return the finding's line, cut around what is wrong so that it takes `room` cells."""
    from rich.cells import cell_len

    excerpt = finding.excerpt
    start = min(max(finding.column or 1, 1) - 1, len(excerpt))
    # Lines without a break can be as long as their file: only what can be seen is measured.
    skipped = max(0, start - room)
    excerpt, start = excerpt[skipped : start + room], start - skipped
    more = skipped + len(excerpt) < len(finding.excerpt)
    stop = min(start + max(finding.width, 1), len(excerpt))

    pieces = [_TAB if character == "\t" else printable(character) for character in excerpt]
    # Of each piece, the cell where it begins; one more for the end of the line.
    edges = [0, *accumulate(map(cell_len, pieces))]
    first, last = 0, len(pieces)
    if skipped or more or edges[-1] > room:
        first = _first(edges, start, stop, room)
        # A combining character would combine with the sign for what is cut.
        while skipped + first and first < start and edges[first] == edges[first + 1]:
            first += 1
        fits = edges[first] + room - (skipped + first > 0)
        if more or edges[-1] > fits:
            last = bisect_right(edges, fits - 1) - 1
            more = True
    left = _CUT if skipped + first else ""
    before = left + "".join(pieces[first:start])
    marked = "".join(pieces[start : min(stop, last)])
    text = before + "".join(pieces[start:last]) + (_CUT if more else "")
    if finding.column is None:
        return _Source(text, 0, 0)
    return _Source(text, cell_len(before), max(1, cell_len(marked)))


def _first(edges: list[int], start: int, stop: int, room: int) -> int:
    """Return the first piece of a long line to show, so that what is marked is in the middle."""
    begin, end = edges[start], max(edges[stop], edges[start] + 1)
    if end <= room - 2:
        return 0
    lead = max((room - 2 - (end - begin)) // 2, room // 4)
    # Where little follows, the end of the line is shown, and more of what stands before.
    low = min(begin - lead, max(edges[-1], end) - (room - 1))
    return min(bisect_left(edges, low), start)
