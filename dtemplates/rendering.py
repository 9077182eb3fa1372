"""Settings in, manifests out: which templates, in what order, and the patches over them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dtemplates.catalogue import entries, job_template
from dtemplates.context import context
from dtemplates.errors import InputError, SettingsError, TemplateError
from dtemplates.file_names import misnamed
from dtemplates.findings import TEMPLATE, Finding
from dtemplates.manifests import Manifest, Manifests, Pending
from dtemplates.patches import patched
from dtemplates.settings.checks import check
from dtemplates.templating import SUFFIX, Renderer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.settings.root import Settings


def render(settings: Settings, *, templates: str | Path | None = None) -> Manifests:
    """Return the manifests that these settings describe, patches applied.

    `templates` is a folder of templates that replace the bundled ones of the same name and add
    new ones. Raises `SettingsError`, `TemplateError` for all templates that are wrong, and
    `InputError` for a folder that is none.
    """
    if not settings.is_sound and (problems := list(check(settings))):
        raise SettingsError(
            settings.finding(problem.path, problem.message, problem.remedy, id=problem.rule)
            for problem in problems
        )
    renderer = Renderer(Path(templates) if templates is not None else None)
    values = context(settings)
    pending: list[Pending] = []
    wanted = list(_wanted(settings, values, renderer, pending))
    found = _misnamed([file for file, _, _ in wanted])
    files = []
    for file, template, extra in wanted if not found else ():
        try:
            text = renderer.text(template, values | extra)
            manifest = Manifest(file, text, renderer.is_own(template))
            found += manifest.yaml.findings
        except (TemplateError, InputError) as error:
            found += error.findings
        else:
            files.append(manifest)
    if found:
        raise TemplateError(dict.fromkeys(found))
    return Manifests(tuple(patched(files, settings)), tuple(pending), settings)


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


def _misnamed(files: list[str]) -> list[Finding]:
    """Return what is wrong with the names, which users' templates and jobs give to files."""
    remedy = "give it another name"
    found = [Finding(why, file=file, remedy=remedy, id=TEMPLATE) for file, why in misnamed(files)]
    counts = Counter(files)
    twice = (file for file, count in counts.items() if count > 1)
    message = "is rendered twice"
    return found + [Finding(message, file=file, remedy=remedy, id=TEMPLATE) for file in twice]
