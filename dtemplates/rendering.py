"""Settings in, manifests out: which templates, in what order, and the patches over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dtemplates.catalogue import entries, job_template
from dtemplates.context import context
from dtemplates.errors import InputError, SettingsError, TemplateError
from dtemplates.findings import Finding
from dtemplates.manifests import Manifest, Manifests, Pending
from dtemplates.patches import patched
from dtemplates.settings.checks import check
from dtemplates.templating import SUFFIX, Renderer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dtemplates.settings.root import Settings


def render(settings: Settings, *, templates: Path | None = None) -> Manifests:
    """Return the manifests that these settings describe, patches applied.

    `templates` is a folder of templates that replace the bundled ones of the same name and add
    new ones. Raises `SettingsError`, `TemplateError`, and `InputError` for a folder that is none.
    """
    if problems := list(check(settings)):
        found = [
            settings._source.finding(problem.path, problem.message, problem.remedy)
            for problem in problems
        ]
        raise SettingsError(found)
    renderer = Renderer(templates)
    values = context(settings)
    pending: list[Pending] = []
    files = [
        Manifest(file, renderer.text(template, values | extra))
        for file, template, extra in _wanted(settings, values, renderer, pending)
    ]
    _distinct(files)
    for manifest in files:
        _readable(manifest)
    return Manifests(
        tuple(patched(files, settings)), tuple(pending), settings.components["kubernetes"]
    )


def _wanted(
    settings: Settings, values: dict[str, Any], renderer: Renderer, pending: list[Pending]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield file, template and what the template sees beside the common context."""
    for entry in entries(settings):
        if waits := entry.waits(settings):
            pending.append(Pending(entry.file, tuple(waits)))
        else:
            yield entry.file, entry.template, {}
    for job in values["jobs"]:
        yield f"jobs/{job['name']}.yaml", job_template(settings), {"job": job}
    for name in renderer.additions():
        yield name.removesuffix(SUFFIX), name, {}


def _distinct(files: list[Manifest]) -> None:
    names = [one.file for one in files]
    twice = (
        {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else ()
    )
    if twice:
        raise TemplateError(
            Finding("is rendered twice", file=name, remedy="give your template another name")
            for name in sorted(twice)
        )


def _readable(manifest: Manifest) -> None:
    try:
        found = manifest.yaml.findings
    except InputError as error:
        found = error.findings
    if found:
        raise TemplateError(found)
