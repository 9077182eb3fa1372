"""The journal of a write: every move that it makes, so that each can be made later or taken back.

It lies in the hidden folder that the write needs on the way. Without a journal that folder holds
nothing but copies of ours:

    parent/.dtemplates-0123456789abcdef/   new/ (after the swap: the old folder), journal
    folder/.dtemplates-write/              new/0, new/1 …, old/0, old/1 …, journal
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dtemplates.disk import digest, is_folder, is_reachable, is_same, parents, sync, write
from dtemplates.errors import OutputError
from dtemplates.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    Known = Mapping[str, Collection[str]]
    Moves = Sequence[tuple[str, str]]

INSIDE = ".dtemplates-write"
NEW, OLD = f"{INSIDE}/new", f"{INSIDE}/old"
_JOURNAL = ".dtemplates-journal"  # a name that no rendered file can have


def begin(work: Path, moves: Moves, known: Known) -> None:
    """Commit to a change; folders have no digests, but are known as well."""
    folders: dict[str, list[str]] = {at: [] for path in known for at in parents(path)}
    draft = work / "draft"
    write(draft, json.dumps([moves, {"": [], **folders, **known}]).encode(), draft)
    sync(draft)
    draft.rename(work / _JOURNAL)
    sync(work)


def redo(folder: Path, moves: Moves) -> None:
    """Make every move that has not been made; where there is nothing to move, add a folder."""
    for source, target in moves:
        if source:
            _move(folder, source, target)
        elif is_reachable(folder, target) and not os.path.lexists(folder / target):
            (folder / target).mkdir()
    for at in {Path(path).parent for move in moves for path in move if path}:
        if is_folder(folder / at):
            sync(folder / at)


def undo(folder: Path, moves: Moves) -> None:
    """Take back every move that has been made, and clear the hidden folder away."""
    journal = folder / INSIDE / _JOURNAL
    if journal.exists():  # before it was written, nothing has been moved
        if not is_folder(folder / NEW):
            return  # every move was made, and the next write clears the rest
        for source, target in reversed(moves):
            if source:
                _move(folder, target, source)
            else:
                with suppress(OSError):  # it was not added yet, or somebody uses it
                    (folder / target).rmdir()
        journal.unlink()
    shutil.rmtree(journal.parent)


def finish(work: Path, folder: Path) -> None:
    """Bring the new files to their places, and discard the old ones and the hidden folder.

    Where the swap has not happened yet, the new folder is what is discarded.
    """
    if (journal := _read_journal(work)) is not None:
        moves, known = journal
        if not moves:
            _discard(work / "new", folder, "", known)
        elif is_folder(work / "new"):
            redo(folder, moves)
            shutil.rmtree(work / "new")
        for path, old in moves:
            if old.startswith(OLD) and is_reachable(folder, old):
                _discard(folder / old, folder, path, known)
                _remove_empty(folder, path)
        (work / _JOURNAL).unlink()
    shutil.rmtree(work)


def _read_journal(work: Path) -> tuple[Moves, Known] | None:
    """Return the journal, if one was begun; what no write of ours can have made is refused."""
    file = work / _JOURNAL
    if not os.path.lexists(file):
        return None
    try:
        moves, known = json.loads(file.read_bytes() if digest(file) else b"")
        moves = [(source, target) for source, target in moves]
        paths = [path for move in moves for path in move] + list(known)
        if not all(_is_contained(path) for path in paths if path != ""):
            raise ValueError
        known = {path: frozenset(digests) for path, digests in known.items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        message = "is not a journal that dtemplates wrote"
        remedy = "see what its folder holds, then delete that folder"
        raise OutputError([Finding(message, file=str(file), remedy=remedy)]) from None
    return moves, known


def _is_contained(path: str) -> bool:
    """Return whether a path stays in the folder that it starts from, on every system."""
    parts = path.split("/")
    return not set(path) & set("\\:\0") and not any(part in ("", ".", "..") for part in parts)


def _move(folder: Path, source: str, target: str) -> None:
    """Move a file within the folder; what stands at its new place is neither followed nor lost."""
    if all(is_reachable(folder, path) for path in (source, target)):
        there = os.path.lexists(folder / target)
        if not there and os.path.lexists(folder / source):
            (folder / source).rename(folder / target)


def _discard(old: Path, folder: Path, path: str, known: Known) -> None:
    """Delete what is ours; put back what somebody else has put there or changed meanwhile."""
    if not os.path.lexists(old):
        return
    if path in known and is_folder(old):
        for entry in list(old.iterdir()):
            _discard(entry, folder, f"{path}/{entry.name}".lstrip("/"), known)
        old.rmdir()
    elif digest(old) in known.get(path, ()) or is_same(old, folder / path):
        old.unlink()
    else:
        old.rename(_free_place(folder, path))


def _remove_empty(folder: Path, path: str) -> None:
    """Remove the folders on the way to a path, as far as they hold nothing any more."""
    for at in reversed(parents(path)):
        if is_reachable(folder, f"{at}/"):
            if any((folder / at).iterdir()):
                return
            (folder / at).rmdir()


def _free_place(folder: Path, path: str) -> Path:
    """Return where a file can be put back: its place, or as near to it as nothing is in the way."""
    folder.mkdir(exist_ok=True)
    for part in path.split("/")[:-1]:
        if not os.path.lexists(folder / part):
            (folder / part).mkdir()
        if is_folder(folder / part):
            folder /= part
    place = folder / path.rpartition("/")[2]
    while os.path.lexists(place):
        place = place.with_name(f"{place.name}.orig")
    return place
