"""Findings as workflow commands of GitHub Actions, which shows them beside the lines they are of.

Commands and their escapes are the runner's: ActionCommand.cs in github.com/actions/runner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.findings import printable
from dtemplates.folding import folded
from dtemplates.formats.parts import end_column, in_file, lines_of, said

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dtemplates.findings import Finding, Level

_COMMANDS: dict[Level, str] = {"error": "error", "warning": "warning", "info": "notice"}
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = _DATA | str.maketrans({":": "%3A", ",": "%2C"})


def commands(findings: Sequence[Finding]) -> str:
    """Return a line for each finding: `::error file=…,line=…,col=…,endColumn=…,title=…::message`.

    Below the message stands the remedy. The same of many jobs is one, for a step has no more than
    ten of each level shown. What is in no file, such as `--set`, has its place in the
    message. `endColumn` is the column after the last.
    """
    return "".join(f"{_annotation(fold.shown)}\n" for fold in folded(findings))


def _annotation(finding: Finding) -> str:
    properties = ",".join(f"{key}={value}" for key, value in _properties(finding))
    command = f"{_COMMANDS[finding.level]} {properties}".rstrip(" ")
    message = "\n".join(lines_of(said(finding)))
    return f"::{command}::{message.translate(_DATA)}"


def _properties(finding: Finding) -> Iterator[tuple[str, str]]:
    if in_file(finding):
        yield "file", _escaped(finding.file)
        if finding.line is not None:
            yield "line", str(finding.line)
            if finding.column is not None:
                yield "col", str(finding.column)
                yield "endColumn", str(end_column(finding))
    if finding.id:
        yield "title", _escaped(finding.id)


def _escaped(text: str) -> str:
    return printable(text).translate(_PROPERTY)
