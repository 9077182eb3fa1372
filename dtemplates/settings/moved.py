"""Which way settings have moved: from the file into the jobs that matrices and defaults make."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dtemplates.findings import Path


@dataclass(frozen=True)
class Moved:
    """Leads from a setting of the document to where it stands in the file.

    `names` are those of the jobs that there are now, as far as they have any. `origins` are places
    in the document, and where in the file they come from; what is in none of them stands where it
    is.
    """

    names: Sequence[str] = ()
    origins: Mapping[Path, Path] = field(default_factory=dict)

    def __call__(self, path: Path) -> Path:
        """Return where in the file a setting of the document stands."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.origins:
                return (*self.origins[path[:length]], *path[length:])
        return path

    def job(self, path: Path) -> str:
        """Return the name of the job that a setting is of, if its place is that of several jobs."""
        at = path[:2]
        if at not in self.origins:
            return ""
        # Those of one matrix stand side by side.
        _, number = at
        sides = (("jobs", int(number) - 1), ("jobs", int(number) + 1))
        alone = all(self.origins.get(side) != self.origins[at] for side in sides)
        if alone and self(path)[:1] == ("jobs",):
            return ""
        return self.names[int(number)]
