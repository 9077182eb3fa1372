"""Findings as SARIF 2.1.0, the form that code scanning takes.

The form is the OASIS standard's (docs.oasis-open.org/sarif/sarif/v2.1.0). GitHub asks for more: it
refuses a log whole where one result is in no file, and shows rules by title, symptom and help.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from dtemplates.findings import Place, dotted
from dtemplates.folding import Fold, folded
from dtemplates.formats.as_json import written
from dtemplates.formats.parts import end_column, in_file, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dtemplates.findings import Finding

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_ADDRESS = re.compile(r"https?://[!-~]+")
# The rule of what no rule has found: code scanning wants one for every result.
_OWN = "dtemplates"


class Rule(Protocol):
    """What a log tells of a rule: texts, and `source`, the address where it is from."""

    @property
    def id(self) -> str:
        """What findings name it by."""

    @property
    def level(self) -> str:
        """`error`, `warning` or `info`."""

    @property
    def title(self) -> str:
        """What must hold."""

    @property
    def symptom(self) -> str:
        """What happens where it does not."""

    @property
    def remedy(self) -> str:
        """What to do."""

    @property
    def source(self) -> str:
        """Where it is told; only an http address is given as one."""


def log(
    findings: Sequence[Finding],
    rules: Sequence[Rule],
    version: str,
    *,
    settings: str = "dtemplates.yaml",
) -> str:
    """Return a log of one run of dtemplates `version`: all rules, and a result for each finding.

    Columns count characters, and the last is exclusive. What is in no file, such as `--set`, is put
    at `settings` as a whole, its place in the message. A result's fingerprint stays the same when
    lines move. Rendered files are related locations, all of them where one result is of many jobs.
    """
    index = {rule.id: number for number, rule in enumerate(rules)}
    driver = {"name": "dtemplates", "version": version, "rules": [_rule(rule) for rule in rules]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(fold, index, settings) for fold in folded(findings)],
    }
    return written({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: Rule) -> dict[str, Any]:
    told = {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.symptom or rule.title},
        "help": {"text": rule.remedy or rule.title},
        "defaultConfiguration": {"level": _LEVELS[rule.level]},
    }
    return {**told, "helpUri": rule.source} if _ADDRESS.fullmatch(rule.source) else told


def _result(fold: Fold, index: dict[str, int], settings: str) -> dict[str, Any]:
    finding = fold.first
    place = Place(settings, finding.path)
    if in_file(finding):
        place = Place(finding.file, finding.path, 0, finding.line, finding.column)
    result: dict[str, Any] = {
        "ruleId": finding.id or _OWN,
        "level": _LEVELS[finding.level],
        "message": {"text": said(fold.shown)},
        "locations": [_location(place, end_column(finding))],
        "partialFingerprints": {"dtemplates/v1": _digest(finding)},
    }
    if finding.id in index:
        result["ruleIndex"] = index[finding.id]
    rendered = [one.rendered for one in fold.findings if one.rendered is not None]
    if rendered:
        result["relatedLocations"] = [
            {"id": number, "message": {"text": "rendered from it"}, **_location(place, None)}
            for number, place in enumerate(rendered, 1)
        ]
    return result


def _location(place: Place, end: int | None) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(place.file)}}
    region = {"startLine": place.line, "startColumn": place.column, "endColumn": end}
    # Columns mean nothing without a line, and none of them is below 1.
    if place.line is not None and place.line >= 1:
        physical["region"] = {key: number for key, number in region.items() if (number or 0) >= 1}
    location: dict[str, Any] = {"physicalLocation": physical}
    if place.path:
        location["logicalLocations"] = [{"fullyQualifiedName": dotted(place.path)}]
    return location


def _uri(file: str) -> str:
    path = quote(file, safe="/", errors="replace")
    return f"file://{path}" if file.startswith("/") else path


def _digest(finding: Finding) -> str:
    same = [finding.id, finding.file, list(finding.path), finding.message]
    return hashlib.sha256(json.dumps(same).encode()).hexdigest()
