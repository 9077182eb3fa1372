"""Which files settings are rendered into, told without rendering or validating any of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dtemplates.catalogue import entries, job_template
from dtemplates.manifests import Pending, fitting
from dtemplates.templating import SUFFIX, Renderer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dtemplates.settings.jobs import Job
    from dtemplates.settings.root import Settings


class Names(NamedTuple):
    """The files, in the order in which they are applied, and what waits to be one of them."""

    files: tuple[str, ...]
    pending: tuple[Pending, ...] = ()

    def select(self, patterns: Sequence[str]) -> Names:
        """Return those that fit one of the patterns. Raises as `Manifests.select`."""
        wanted = fitting((*self.files, *(one.file for one in self.pending)), patterns)
        return Names(
            tuple(file for file in self.files if file in wanted),
            tuple(one for one in self.pending if one.file in wanted),
        )


class Wanted(NamedTuple):
    """A file to be rendered, and the template that makes it: of one job, where there is one."""

    file: str
    template: str
    job: Job | None = None


def wanted(settings: Settings, renderer: Renderer) -> tuple[list[Wanted], list[Pending]]:
    """Return what is to be rendered, in the order in which it is applied, and what has to wait."""
    files: list[Wanted] = []
    pending: list[Pending] = []
    for entry in entries(settings):
        if waits := entry.waits(settings):
            pending.append(Pending(entry.file, tuple(waits)))
        else:
            files.append(Wanted(entry.file, entry.template))
    template = job_template(settings)
    files += [Wanted(f"jobs/{job.name}.yaml", template, job) for job in settings.jobs]
    files += [Wanted(name.removesuffix(SUFFIX), name) for name in renderer.additions()]
    return files, pending


def names(settings: Settings, *, templates: str | Path | None = None) -> Names:
    """Return the names of what `render` would make of the same.

    Raises `InputError` for a folder of templates that is none; whether anything can be rendered,
    `render` tells.
    """
    files, pending = wanted(settings, Renderer(Path(templates) if templates is not None else None))
    return Names(tuple(one.file for one in files), tuple(pending))
