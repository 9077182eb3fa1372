"""Settings in, manifests out: which templates, in what order, and the patches over them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dtemplates import names
from dtemplates.context import context, job_context
from dtemplates.errors import InputError, SettingsError, TemplateError
from dtemplates.file_names import misnamed
from dtemplates.findings import TEMPLATE, Finding
from dtemplates.manifests import Manifest, Manifests
from dtemplates.patches import patched
from dtemplates.settings.checks import check
from dtemplates.templating import Renderer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dtemplates.settings.root import Settings


def render(
    settings: Settings,
    *,
    templates: str | Path | None = None,
    track: Callable[[list[Any]], Iterable[Any]] = iter,
) -> Manifests:
    """Return the manifests that these settings describe, patches applied.

    `templates` is a folder of templates that replace the bundled ones of the same name and add
    new ones. `track` is given what is to be rendered and yields it again, one after the other, for
    whoever shows how far it is. Raises `SettingsError`, `TemplateError` for all templates that are
    wrong, and `InputError` for a folder that is none.
    """
    if not settings.is_sound and (problems := list(check(settings))):
        raise SettingsError(
            settings.finding(problem.path, problem.message, problem.remedy, id=problem.rule)
            for problem in problems
        )
    renderer = Renderer(Path(templates) if templates is not None else None)
    values = context(settings)
    seen: dict[str, dict[str, Any]] = {}
    if templates is not None:
        # A bundled template sees one job at most; what a user's wants to see, nobody knows.
        seen = {job.name: job_context(job, settings) for job in settings.jobs}
        values["jobs"] = list(seen.values())
    wanted, pending = names.wanted(settings, renderer)
    found = _misnamed([one.file for one in wanted])
    files = []
    for one in track(wanted if not found else []):
        job = {}
        if one.job:
            job["job"] = seen.get(one.job.name) or job_context(one.job, settings)
        try:
            text = renderer.text(one.template, values | job)
            manifest = Manifest(one.file, text, renderer.is_own(one.template))
            found += manifest.yaml.findings
        except (TemplateError, InputError) as error:
            found += error.findings
        else:
            files.append(manifest)
    if found:
        raise TemplateError(dict.fromkeys(found))
    return Manifests(tuple(patched(files, settings)), tuple(pending), settings)


def _misnamed(files: list[str]) -> list[Finding]:
    """Return what is wrong with the names, which users' templates and jobs give to files."""
    remedy = "give it another name"
    found = [Finding(why, file=file, remedy=remedy, id=TEMPLATE) for file, why in misnamed(files)]
    counts = Counter(files)
    twice = (file for file, count in counts.items() if count > 1)
    message = "is rendered twice"
    return found + [Finding(message, file=file, remedy=remedy, id=TEMPLATE) for file in twice]
