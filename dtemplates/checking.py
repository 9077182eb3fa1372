"""Documents on their way through schemas and rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from dtemplates.errors import InputError
from dtemplates.findings import RULE, reaches
from dtemplates.inventory.parts import documents_in
from dtemplates.placeholders import is_template, placeholder
from dtemplates.pointing import Pointer
from dtemplates.rules import breaches, rule_of, unknown
from dtemplates.schema_check import complaints

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dtemplates.findings import Finding
    from dtemplates.inventory import Inventory
    from dtemplates.manifests import Manifest
    from dtemplates.rules import Breach, Rule
    from dtemplates.schema_check import Complaint
    from dtemplates.settings.root import Settings

# What a result about settings is of, in place of a kind.
SETTINGS_KIND = "settings"
Status = Literal["valid", "invalid", "no schema", "skipped", "unreadable"]


class Result(NamedTuple):
    """What became of one document; `number` counts from 1 within its file.

    `why` tells what makes it one to be skipped. It is invalid where a finding is an error.
    """

    file: str
    status: Status
    number: int = 1
    kind: str = ""
    name: str = ""
    findings: tuple[Finding, ...] = ()
    why: str = ""


@dataclass
class _Checked:
    """A document on its way: what is known of it by now."""

    manifest: Manifest
    number: int
    value: Any
    result: Result
    complaints: dict[Finding, Complaint] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def take(self, finding: Finding, breach: Breach) -> None:
        """Note that a rule is broken, unless a schema tells as much of the value already.

        An error of a rule takes the place of a schema's about the very same value, for it tells
        more. A warning never does, and nothing is said of what is inside of a value that is wrong.
        """
        path = breach.part.path
        above = {
            told: one
            for told, one in self.complaints.items()
            if path[: len(one.about)] == one.about
        }
        replaced = [
            told
            for told, one in above.items()
            if one.about == path and one.kind in ("value", "missing") and finding.level == "error"
        ]
        if len(replaced) < len(above):
            return
        for told in replaced:
            del self.complaints[told]
        self.findings.append(finding)


class Checking:
    """What is known of each document by now; with settings, of what was rendered from them."""

    def __init__(self, settings: Settings | None, kubernetes: str) -> None:
        self._settings, self._kubernetes = settings, kubernetes
        self._pointer = Pointer(settings)
        self._checked: dict[tuple[int, int], _Checked] = {}
        self._settings_findings: list[Finding] = []

    def add(self, manifest: Manifest) -> None:
        """Check each document of a manifest against its schema."""
        # What settings made is what will be applied, whatever it looks like.
        elsewhere = self._settings is None
        wrong = _unreadable(manifest)
        if elsewhere and (why := is_template(manifest, wrong)):
            self._note(manifest, 0, None, Result(manifest.file, "skipped", why=why))
            return
        if wrong:
            self._note(manifest, 0, None, Result(manifest.file, "unreadable", findings=wrong))
            return
        for number, value in enumerate(manifest.documents):
            kind, name = _identity(value)
            result = Result(manifest.file, "valid", number + 1, kind, name)
            if elsewhere and (why := placeholder(value)):
                self._note(manifest, number, None, result._replace(status="skipped", why=why))
                continue
            found, has_schema = complaints(manifest, number, value, self._kubernetes)
            if not has_schema:
                result = result._replace(status="no schema")
            checked = self._note(manifest, number, value, result)
            for one in found:
                finding = self._pointer.finding(
                    manifest,
                    number,
                    one.path,
                    one.message,
                    remedy=one.remedy,
                    key=one.kind == "field",
                    id=one.id,
                )
                checked.complaints[finding] = one

    def documents(self) -> Iterator[Any]:
        """Yield the documents that rules can look at."""
        for one in self._checked.values():
            if one.value is not None:
                yield from documents_in(one.manifest, one.number, one.value)

    def apply(self, rules: Iterable[Rule], inventory: Inventory) -> None:
        """Note whatever breaks a rule, and is not told by a schema already."""
        ignored = self._ignored()
        for rule, breach in breaches(inventory, (one for one in rules if one.id not in ignored)):
            document = breach.part.document
            checked = self._checked[id(document.manifest), document.number]
            if not self._is_doubtful(breach):
                checked.take(self._pointer.breach(rule, breach), breach)

    def _is_doubtful(self, breach: Breach) -> bool:
        """Return whether it may follow from a mistake that is told already."""
        if self._settings is None:
            return False
        # On what nodes are, nearly everything else depends.
        if self._settings.has_doubtful_nodes:
            return True
        return any(
            self._pointer.is_doubtful(part.document.manifest, part.document.number, part.path)
            for part in (breach.part, *breach.compared)
        )

    def results(self) -> list[Result]:
        """Return what became of every document."""
        results = []
        if self._settings_findings:
            file = self._settings_findings[0].file
            found = tuple(self._settings_findings)
            results.append(Result(file, "invalid", kind=SETTINGS_KIND, findings=found))
        for one in self._checked.values():
            found = tuple(dict.fromkeys((*one.result.findings, *one.complaints, *one.findings)))
            status = one.result.status
            if status != "unreadable" and reaches(found):
                status = "invalid"
            results.append(one.result._replace(status=status, findings=found))
        return results

    def _ignored(self) -> set[str]:
        """Return the rules that the settings ignore, and note those that there are not."""
        ignored = set()
        for number, one in enumerate(self._settings.ignore if self._settings else ()):
            ignored.add(one.rule)
            if rule_of(one.rule) is None:
                assert self._settings is not None
                message, remedy = unknown(one.rule)
                path = ("ignore", number, "rule")
                finding = self._settings.finding(path, message, remedy, id=RULE)
                self._settings_findings.append(finding)
        return ignored

    def _note(self, manifest: Manifest, number: int, value: Any, result: Result) -> _Checked:
        checked = _Checked(manifest, number, value, result)
        self._checked[id(manifest), number] = checked
        return checked


def _unreadable(manifest: Manifest) -> tuple[Finding, ...]:
    """Return what keeps a manifest from being read."""
    try:
        return manifest.yaml.findings
    except InputError as error:
        return error.findings


def _identity(document: Any) -> tuple[str, str]:
    if not isinstance(document, dict):
        return "", ""
    metadata = document.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else document.get("name")
    return str(document.get("kind") or ""), str(name or "")
