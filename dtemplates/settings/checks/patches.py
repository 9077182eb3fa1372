"""Patches that say too little or too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.settings.checks.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.findings import Path
    from dtemplates.settings.root import Settings

# Operation → what it cannot do without (RFC 6902).
_NEEDED = {"add": "value", "replace": "value", "test": "value", "move": "from_", "copy": "from_"}


def _patches(settings: Settings) -> Iterator[Problem]:
    for number, patch in enumerate(settings.patches):
        path: Path = ("patches", number)
        if (patch.merge is None) == (patch.json6902 is None):
            yield Problem(path, "a patch is either merge or json6902", "give one of the two")
        if not any(value for _, value in patch.target):
            yield Problem((*path, "target"), "names no document", "give kind, name or file")
        for position, operation in enumerate(patch.json6902 or ()):
            here: Path = (*path, "json6902", position)
            field = _NEEDED.get(operation.op)
            if field and field not in operation.model_fields_set:
                yield Problem(
                    here, f"{operation.op} needs {field.strip('_')}", f"give {field.strip('_')}"
                )


CHECKS = (_patches,)
