"""Files, folders and standard input, inspected: settings and manifests told apart and checked."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dtemplates import kinds
from dtemplates.errors import DTemplatesError, InputError
from dtemplates.files import MANIFEST_LIMIT, START, display_name, read
from dtemplates.findings import Finding, printable
from dtemplates.manifests import Manifest
from dtemplates.validation import Result, check
from dtemplates.yaml_reader import YamlText, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SETTINGS = "settings"
DEFAULT_SETTINGS = "dtemplates.yaml"
# Any of these at the top makes a document settings: no kind of manifest has them there.
_OF_SETTINGS = {"cluster", "fsx", "jobs", "nodegroups", "patches", "stack", "tensorboard"}
_SUFFIXES = (".yaml", ".yml", ".json")


@dataclass
class Report:
    """What became of every document, in the order in which they were named."""

    results: list[Result] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 where all is valid, 1 where something is not, 2 where something cannot be read."""
        statuses = {result.status for result in self.results}
        return 2 if "unreadable" in statuses else int("invalid" in statuses)

    def note(self, text: str) -> None:
        """Add a note, once."""
        line = printable(f"note: {text}")
        if text and line not in self.notes:
            self.notes.append(line)

    def lines(self, *, verbose: bool = False) -> Iterator[str]:
        """Yield a line for each finding and each document without a schema, and a summary."""
        for result in self.results:
            yield from map(str, result.findings)
            if not result.findings and (verbose or result.status == "no schema"):
                yield printable(_line(result))
        counts = dict.fromkeys(("valid", "invalid", "no schema", "unreadable"), 0)
        for result in self.results:
            counts[result.status] += 1
        said = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
        documents = "document" if len(self.results) == 1 else "documents"
        yield f"{len(self.results)} {documents}: {said}" if said else "nothing to check"


def _line(result: Result) -> str:
    what = " ".join(filter(None, (result.kind, result.name))) or f"document {result.number}"
    status = "no schema for this kind" if result.status == "no schema" else result.status
    return f"{result.file}: {what}: {status}"


def inspect(
    paths: Iterable[Path],
    *,
    overrides: Iterable[str] = (),
    kubernetes_version: str | None = None,
    templates: Path | None = None,
) -> Report:
    """Return what is wrong with settings files (rendered to see) and with manifests.

    Folders are searched for YAML and JSON. `kubernetes_version` is that of manifests made
    elsewhere; settings bring their own, and are rendered by the bundled templates or those of the
    folder `templates` over them. Raises `InputError` where it is no version.
    """
    version = kinds.checked_version(kubernetes_version)
    overrides = list(overrides)
    report = Report()
    for path in paths:
        try:
            for file in _files(path):
                _inspect(file, report, overrides, version, templates)
        except InputError as error:
            report.results.append(Result(display_name(path), "unreadable", findings=error.findings))
    if overrides and not any(result.kind == _SETTINGS for result in report.results):
        report.note("--set changes settings, and there are none among these")
    return report


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    found = False
    for folder, folders, names in os.walk(path):
        # Hidden folders are tools' own: .git, .terraform, a virtual environment.
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(folder, name)
            # A pipe in a folder would be waited for without end.
            if name.endswith(_SUFFIXES) and not name.startswith(".") and file.is_file():
                found = True
                yield file
    if not found:
        message = f"holds no {', '.join(_SUFFIXES[:-1])} or {_SUFFIXES[-1]} file"
        raise InputError([Finding(message, file=str(path))])


def _inspect(
    file: Path, report: Report, overrides: list[str], kubernetes: str, templates: Path | None
) -> None:
    try:
        content = read(file, limit=MANIFEST_LIMIT, remedy=START if _is_default(file) else "")
        yaml = read_yaml(content, display_name(file))
    except InputError as error:
        report.results.append(Result(display_name(file), "unreadable", findings=error.findings))
        return
    if _is_settings(yaml):
        _inspect_settings(yaml, report, overrides, templates)
        return
    report.note(kinds.note(kubernetes))
    report.results += check([_read(yaml)], kubernetes_version=kubernetes)


def _read(yaml: YamlText) -> Manifest:
    manifest = Manifest(yaml.name, yaml.text)
    # The text is parsed already; a second time would tell nothing new.
    manifest.__dict__["yaml"] = yaml
    return manifest


def _is_default(file: Path) -> bool:
    return file.name == DEFAULT_SETTINGS


def _is_settings(yaml: YamlText) -> bool:
    """Return whether a file is to be settings: by its name, or by what it has and has not."""
    if _is_default(Path(yaml.name)):
        return True
    if len(yaml.documents) != 1 or not isinstance(yaml.documents[0], dict):
        return False
    keys = yaml.documents[0].keys()
    return {"kind", "apiVersion", "Resources"}.isdisjoint(keys) and bool(_OF_SETTINGS & keys)


def _inspect_settings(
    yaml: YamlText, report: Report, overrides: list[str], templates: Path | None
) -> None:
    # Manifests made elsewhere need neither pydantic nor jinja2.
    from dtemplates.rendering import render
    from dtemplates.settings.load import from_yaml

    try:
        manifests = render(from_yaml(yaml, overrides), templates=templates)
    except DTemplatesError as error:
        report.results.append(Result(yaml.name, "invalid", kind=_SETTINGS, findings=error.findings))
        return
    report.results.append(Result(yaml.name, "valid", kind=_SETTINGS))
    report.results += check(manifests)
    for pending in manifests.pending:
        report.note(str(pending))
    report.note(kinds.note(kinds.checked_version(manifests.kubernetes_version)))
