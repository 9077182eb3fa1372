"""Which setting a value of a rendered manifest comes from, so that findings can point at it."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from dtemplates.findings import exists, value_at
from dtemplates.origin_rows import FILES, FLAVORS, LOCAL_QUEUES, NODEGROUP
from dtemplates.patches import matches, parts_of
from dtemplates.settings.queues import QUEUE_LABEL, flavor, queue_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.findings import Path
    from dtemplates.origin_rows import Rows
    from dtemplates.settings.patches import Patch
    from dtemplates.settings.root import Settings

_HUMP = re.compile("(?<=[a-z0-9])(?=[A-Z])")


class Origins:
    """The settings that rendered values come from."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # What is given, and nothing that is so anyway.
        self._given: Any = settings.model_dump(mode="json", exclude_unset=True, by_alias=True)

    def of(
        self, file: str, document: Any, path: Path, *, patches_alone: bool = False
    ) -> Path | None:
        """Return the path of the setting that a value follows from, a patch before all others.

        It may be one that is not given, of which the nearest above it is meant. None where the
        file is no template of ours (`patches_alone`: nor rendered from one), so that no setting is
        to blame.
        """
        found = self._patch(file, document, path)
        return found or (None if patches_alone else self._setting(file, document, path))

    def _setting(self, file: str, document: Any, path: Path) -> Path | None:
        row = next((row for row in FILES if fnmatchcase(file, row[0])), None)
        if row is None:
            return None
        _, name, rows = row
        base: Path = (name,)
        if name == "jobs":
            base = ("jobs", self._number("jobs", file[len("jobs/") : -len(".yaml")]))
            if word := self._word(base, document, path):
                return word
        elif path[:1] in (("managedNodeGroups",), ("nodeGroups",)) and len(path) > 1:
            name = _name_at(document, path[:2])
            base, rows = ("nodegroups", self._number("nodegroups", name)), NODEGROUP
            path = path[2:]
        elif rows is FLAVORS:
            names = [flavor(one.name) for one in self._settings.nodegroups]
            name = _name_at(document, ("metadata",))
            base = ("nodegroups", names.index(name) if name in names else 0)
        elif rows is LOCAL_QUEUES and path == ("metadata", "name"):
            return self._queue(_name_at(document, ("metadata",)))
        candidates = list(self._candidates(base, rows, document, path))
        return next((one for one in candidates if exists(self._given, one)), candidates[0])

    def _candidates(self, base: Path, rows: Rows, document: Any, path: Path) -> Iterator[Path]:
        """Yield the settings that may have made the value, the likeliest first."""
        same = tuple(part if isinstance(part, int) else _snake(part) for part in path)
        for length in range(len(path), -1, -1):
            row = next((to for key, to in rows.items() if _fits(key, path[:length])), None)
            if row is None:
                continue
            for setting in row:
                start = () if setting.startswith("/") else base
                words = setting.lstrip("/").split()
                found = start
                for word in words:
                    if word == "[name]":
                        found = self._named(found, _name_at(document, path[:length]))
                    elif word == "[above]":
                        found = self._named(found, _name_at(document, path[: length - 2]))
                    else:
                        found = (*found, path[length - 1] if word == "[key]" else word)
                # As deep as both go with the same words, and else the setting itself.
                yield _deepest(self._given, (*found, *same[length:]), len(found))
            return
        yield _deepest(self._given, (*base, *same), len(base))

    def _number(self, list_name: str, name: str) -> int:
        names = [one.name for one in getattr(self._settings, list_name)]
        return names.index(name) if name in names else 0

    def _queue(self, name: str) -> Path:
        """Return where a queue is named: in a list of them, or by the first job in it."""
        listed = self._settings.kueue.queues if self._settings.kueue else ()
        if name in listed:
            return ("kueue", "queues", listed.index(name))
        jobs = [queue_of(job) for job in self._settings.jobs]
        if name not in jobs:
            return ("kueue",)
        number = jobs.index(name)
        by_setting = self._settings.jobs[number].queue is not None
        return ("jobs", number, *(("queue",) if by_setting else ("labels", QUEUE_LABEL)))

    def _named(self, path: Path, name: str) -> Path:
        """Return the path of what has this name in a mapping, or in a list of named things."""
        container = value_at(self._given, path)
        if isinstance(container, list):
            names = [one.get("name") for one in container if isinstance(one, dict)]
            return (*path, names.index(name)) if name in names else (*path, len(names))
        return (*path, name)

    def _word(self, base: Path, document: Any, path: Path) -> Path | None:
        """Return the setting of a word of a job's command: mpirun's, or the program's."""
        if path[-2:-1] not in (("command",), ("args",)) or not isinstance(path[-1], int):
            return None
        job = self._settings.jobs[int(base[1])]
        words = len(value_at(document, path[:-1]) or ())
        from_end = words - path[-1]
        if from_end <= len(job.args):
            return (*base, "args", len(job.args) - from_end)
        from_end -= len(job.args)
        if from_end <= len(job.command):
            return (*base, "command", len(job.command) - from_end)
        settings = ((*base, "mpirun", "np"), *((*base, name) for name in ("gpus", "workers")))
        if value_at(document, (*path[:-1], path[-1] - 1)) == "-np":
            return next((one for one in settings if exists(self._given, one)), base)
        return (*base, "mpirun")

    def _patch(self, file: str, document: Any, path: Path) -> Path | None:
        """Return where the last patch that touched a value stands, or what is in it."""
        for number in range(len(self._settings.patches) - 1, -1, -1):
            patch = self._settings.patches[number]
            if matches(patch.target, file, document):
                below = _touched(patch, path, document)
                if below is not None:
                    return ("patches", number, *below)
        return None


def _touched(patch: Patch, path: Path, document: Any) -> Path | None:
    """Return what in a patch has made the value at a path, or taken something out of it."""
    if patch.merge is not None:
        below = _merged(patch.merge, path)
        return None if below is None else ("merge", *below)
    operations = list(enumerate(patch.json6902 or ()))
    # Items that `-` has put at the end of a list, by the list: later ones are nearer to its end.
    appended: dict[Path, int] = {}
    for number, operation in reversed(operations):
        if operation.op == "test":
            continue
        at = parts_of(operation.path)
        if at[-1:] == ("-",):
            container = at[:-1]
            later = appended[container] = appended.get(container, 0) + 1
            at = (
                *container,
                str(len(value_at(document, _real(document, container)) or ()) - later),
            )
        told = tuple(map(str, path))
        made = operation.op != "remove" and told[: len(at)] == at
        # A list is what its items are.
        made = made or (at[:-1] == told and isinstance(value_at(document, path), list))
        gone = [at] if operation.op == "remove" else []
        if operation.op == "move" and operation.from_:
            gone.append(parts_of(operation.from_))
        # With what is taken out goes all that was in it, and what it was in lacks it.
        if made or any(one[: len(told)] == told[: len(one)] for one in gone):
            return ("json6902", number)
    return None


def _merged(patch: Any, path: Path) -> Path | None:
    """Return how far into a merge patch the path of a value leads that the patch has changed."""
    depth = 0
    while depth < len(path) and isinstance(patch, dict) and path[depth] in patch:
        patch = patch[path[depth]]
        depth += 1
    if not isinstance(patch, dict):
        return path[:depth]
    if depth < len(path):
        return None
    # What it has put into the value is not what is wrong with it; what it has taken out may be.
    gone = _first_null(patch)
    return None if gone is None else (*path, *gone)


def _first_null(patch: Any) -> Path | None:
    for key, value in patch.items():
        if value is None:
            return (key,)
        below = _first_null(value) if isinstance(value, dict) else None
        if below is not None:
            return (key, *below)
    return None


def _real(document: Any, parts: tuple[str, ...]) -> Path:
    """Return a JSON pointer's parts with numbers where the document has lists."""
    path: Path = ()
    for part in parts:
        inside = value_at(document, path)
        path = (*path, int(part) if isinstance(inside, list) and part.isdecimal() else part)
    return path


def _fits(key: str, path: Path) -> bool:
    parts = key.split()
    return len(parts) == len(path) and all(
        part in ("*", str(at)) for part, at in zip(parts, path, strict=True)
    )


def _deepest(document: Any, path: Path, least: int) -> Path:
    while len(path) > least and not exists(document, path):
        path = path[:-1]
    return path


def _name_at(document: Any, path: Path) -> str:
    value = value_at(document, path)
    return str(value.get("name", "")) if isinstance(value, dict) else ""


def _snake(part: str) -> str:
    return "_".join(_HUMP.split(part)).lower()
