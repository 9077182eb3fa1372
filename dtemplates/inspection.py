"""Files, folders and standard input, inspected: settings and manifests told apart and checked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dtemplates import kinds
from dtemplates.checking import SETTINGS_KIND
from dtemplates.errors import DTemplatesError, InputError, SettingsError
from dtemplates.files import MANIFEST_LIMIT, START, display_name, read
from dtemplates.findings import Finding
from dtemplates.kustomizations import is_kustomization, patch_files
from dtemplates.manifests import Manifest
from dtemplates.placeholders import is_template
from dtemplates.report import Report
from dtemplates.rules import choose
from dtemplates.validation import Result, check, in_order
from dtemplates.yaml_reader import YamlText, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DEFAULT_SETTINGS = "dtemplates.yaml"
# Several of these at the top make a document settings; one alone may be anybody's.
_OF_SETTINGS = {
    "cluster",
    "fsx",
    "ignore",
    "jobs",
    "nodegroups",
    "patches",
    "prices",
    "stack",
    "tensorboard",
}
_SUFFIXES = (".yaml", ".yml", ".json")


def inspect(
    paths: Iterable[Path],
    *,
    overrides: Iterable[str] = (),
    kubernetes_version: str | None = None,
    templates: Path | None = None,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
) -> Report:
    """Return what is wrong with settings files (rendered to see) and with manifests.

    Folders are searched for YAML and JSON; manifests of all paths are held against each other.
    `kubernetes_version` is that of manifests made elsewhere; settings bring their own, and are
    rendered by the bundled templates or those of the folder `templates` over them. `select` and
    `ignore` are ids of rules, or what ids begin with. Raises `InputError` where the version is
    none, and for an id that no rule has.
    """
    kinds.checked_version(kubernetes_version)
    inspection = _Inspection(list(overrides), templates, list(select), list(ignore))
    for path in paths:
        try:
            for file in _files(path):
                inspection.add(file)
        except InputError as error:
            inspection.unreadable(display_name(path), error)
    return inspection.report(kubernetes_version)


class _Inspection:
    def __init__(
        self, overrides: list[str], templates: Path | None, select: list[str], ignore: list[str]
    ) -> None:
        # Before anything is read: that an id is none is worth knowing at once.
        choose(select, ignore)
        self._overrides, self._templates = overrides, templates
        self._select, self._ignore = select, ignore
        self._report = Report()
        self._manifests: list[Manifest] = []

    def add(self, file: Path) -> None:
        """Read a file, and check it at once if it is settings."""
        name = display_name(file)
        content = b""
        try:
            content = read(file, limit=MANIFEST_LIMIT, remedy=START if _is_default(file) else "")
            yaml = read_yaml(content, name)
        except InputError as error:
            manifest = Manifest(name, content.decode(errors="replace"))
            if is_template(manifest, error.findings):
                self._manifests.append(manifest)
            else:
                self.unreadable(name, error)
            return
        if _is_settings(yaml):
            self._add_settings(yaml)
            return
        manifest = Manifest(yaml.name, yaml.text)
        # The text is parsed already; a second time would tell nothing new.
        manifest.__dict__["yaml"] = yaml
        self._manifests.append(manifest)

    def unreadable(self, name: str, error: InputError) -> None:
        """Note what cannot be read."""
        self._report.results.append(Result(name, "unreadable", findings=error.findings))

    def report(self, kubernetes_version: str | None) -> Report:
        """Check all manifests, and return what became of everything."""
        report = self._report
        if self._overrides and not any(one.kind == SETTINGS_KIND for one in report.results):
            report.note("--set changes settings, and there are none among these")
        patches = patch_files(self._manifests)
        for name, why in patches.items():
            report.results.append(Result(name, "skipped", why=why))
        self._manifests = [one for one in self._manifests if one.file not in patches]
        if self._manifests:
            report.note(kinds.note(kinds.checked_version(kubernetes_version)))
            report.results += check(
                self._manifests,
                kubernetes_version=kubernetes_version,
                select=self._select,
                ignore=self._ignore,
            )
        return report

    def _add_settings(self, yaml: YamlText) -> None:
        # Manifests made elsewhere need neither pydantic nor jinja2.
        from dtemplates.rendering import render
        from dtemplates.settings.load import from_yaml

        try:
            settings = from_yaml(yaml, self._overrides)
            manifests = render(settings, templates=self._templates)
        except DTemplatesError as error:
            found = [*error.findings, *self._of_the_rest(error)]
            self._note_ignored(yaml, {one.id for one in error.findings})
            result = Result(
                yaml.name, "invalid", kind=SETTINGS_KIND, findings=tuple(in_order(found))
            )
            self._report.results.append(result)
            return
        self._report.results.append(Result(yaml.name, "valid", kind=SETTINGS_KIND))
        self._report.results += check(manifests, select=self._select, ignore=self._ignore)
        for pending in manifests.pending:
            self._report.note(str(pending))
        version = settings.components["kubernetes"]
        self._report.note(kinds.note(kinds.checked_version(version)))

    def _note_ignored(self, yaml: YamlText, told: set[str]) -> None:
        """Note that what the settings themselves cannot be is told, whoever ignores it."""
        document = yaml.documents[0] if yaml.documents else None
        entries: Any = document.get("ignore") if isinstance(document, dict) else None
        listed = entries if isinstance(entries, list) else []
        rules = [one.get("rule") for one in listed if isinstance(one, dict)]
        for id in sorted(told):
            ignored = any(id.startswith(one.upper()) for one in self._ignore if one)
            if ignored or id in rules:
                self._report.note(f"{id} cannot be ignored here: no settings can be so")

    def _of_the_rest(self, error: DTemplatesError) -> list[Finding]:
        """Return what rules say of settings as far as they are right, when the rest is taken out.

        Otherwise who has mended one mistake would meet the next.
        """
        from dtemplates.rendering import render

        rest = error.rest if isinstance(error, SettingsError) else None
        if rest is None:
            return []
        try:
            manifests = render(rest, templates=self._templates)
        except DTemplatesError:
            return []
        results = check(manifests, select=self._select, ignore=self._ignore)
        return [one for result in results for one in result.findings]


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    found = False

    def refuse(error: OSError) -> None:
        message = f"cannot be read: {error.strerror}"
        raise InputError([Finding(message, file=str(error.filename), remedy="let it be read")])

    # What cannot be looked into may hold anything: it is not passed over.
    for folder, folders, names in os.walk(path, onerror=refuse):
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


def _is_default(file: Path) -> bool:
    return file.name == DEFAULT_SETTINGS


def _is_settings(yaml: YamlText) -> bool:
    """Return whether a file is to be settings: by its name, or by what it has and has not."""
    if _is_default(Path(yaml.name)):
        return True
    if len(yaml.documents) != 1 or not isinstance(yaml.documents[0], dict):
        return False
    keys = yaml.documents[0].keys()
    if not {"kind", "apiVersion", "Resources"}.isdisjoint(keys) or is_kustomization(yaml.name):
        return False
    cluster = yaml.documents[0].get("cluster")
    told = isinstance(cluster, dict) and "region" in cluster
    return told or len(_OF_SETTINGS & keys) > 1
