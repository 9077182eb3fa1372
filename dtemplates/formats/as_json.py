"""Findings as JSON, for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dtemplates.findings import HALF, LEVELS, dotted
from dtemplates.folding import Fold, folded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dtemplates.findings import Finding, Level, Place


def as_json(findings: Sequence[Finding]) -> str:
    """Return one object: `findings`, in their order, and `counts`, how many of each level.

    Every finding has the same keys: `id` (empty where no rule found it), `level` (`error`,
    `warning` or `info`), `message`, `remedy` (may be empty), `file` (may be empty), `line` and
    `column` (from 1, or null), `path` (a list of keys and numbers), `dotted_path` (the same as one
    text), `rendered`: null, or what the settings made of it, with `file`, `document` (its number
    in the file, from 0), `path`, `dotted_path`, `line` and `column`, and `jobs`: the jobs that it
    is about, each with `name` and `rendered`. What is the same of many jobs but for the name is one
    finding, and all but `jobs` is then of the first of them.
    """
    folds = folded(findings)
    counts: dict[Level, int] = {
        level: sum(one.first.level == level for one in folds) for level in LEVELS
    }
    return written({"findings": [_finding(one) for one in folds], "counts": counts})


def written(document: Any) -> str:
    """Return a document as JSON that every reader takes: ASCII, without halves of characters."""
    return json.dumps(_whole(document), indent=2) + "\n"


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return HALF.sub("\ufffd", value)
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return value


def _finding(fold: Fold) -> dict[str, Any]:
    finding = fold.first
    return {
        "id": finding.id,
        "level": finding.level,
        "message": finding.message,
        "remedy": finding.remedy,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "path": list(finding.path),
        "dotted_path": dotted(finding.path),
        "rendered": _rendered(finding.rendered),
        "jobs": [
            {"name": one.job, "rendered": _rendered(one.rendered)}
            for one in fold.findings
            if one.job
        ],
    }


def _rendered(place: Place | None) -> dict[str, Any] | None:
    return place and {
        "file": place.file,
        "document": place.document,
        "path": list(place.path),
        "dotted_path": dotted(place.path),
        "line": place.line,
        "column": place.column,
    }
