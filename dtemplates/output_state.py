"""What an output folder holds: what dtemplates wrote, by the index, and all else."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dtemplates.disk import digest
from dtemplates.errors import OutputError
from dtemplates.file_names import folders_of, misnamed
from dtemplates.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

INDEX = ".dtemplates.json"
# What stands in a file's place, where it is no file.
FOLDER, LINK, OTHER, RESPELT = "folder", "link", "other", "respelt"
NO_FILE = frozenset((FOLDER, LINK, OTHER, RESPELT))

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class State:
    """What an output folder holds.

    `recorded` has the digests of what dtemplates wrote, by the `index`; `found` has those of the
    files that are there, as far as they are recorded or wanted, or what else stands in such a
    place. Everything else that lies in the same folders is `foreign`.
    """

    index: bytes
    recorded: Mapping[str, str]
    found: Mapping[str, str]
    foreign: tuple[str, ...]


def observe(folder: Path, wanted: Mapping[str, str]) -> State:
    """Return what a folder holds; no link in it is followed.

    Raises `OutputError` for an index that dtemplates cannot have written.
    """
    index, recorded = _read_index(folder)
    files = {INDEX, *wanted, *recorded}
    folders = folders_of(files)
    found: dict[str, str] = {}
    foreign = []
    unread = [""] if os.path.lexists(folder) else []
    while unread:
        at = unread.pop()
        for entry in list(os.scandir(folder / at)):
            path = at + entry.name
            is_ours = False
            if path in files or path in folders:
                found[path] = _what_is(entry)
                is_ours = path in files and found[path] not in NO_FILE
            if path in folders and found[path] == FOLDER:
                unread.append(f"{path}/")
                is_ours = not os.path.ismount(entry.path)
            if not is_ours:
                foreign.append(path)
    for path in {*wanted, *folders_of(wanted)} - found.keys():
        # Where case does not count, a listing may have the name in another spelling.
        if os.path.lexists(folder / path):
            found[path] = RESPELT
    return State(index, recorded, found, tuple(foreign))


def _read_index(folder: Path) -> tuple[bytes, dict[str, str]]:
    """Return the index as it is on disk, and the digests in it."""
    file = folder / INDEX
    if not os.path.lexists(file):
        return b"", {}
    content = file.read_bytes() if digest(file) else b""
    try:
        recorded = dict(json.loads(content).items())
        is_sound = all(map(_SHA256.fullmatch, recorded.values()))
        # One by one: a partial write may leave two names in it that meet on some other system.
        is_sound = is_sound and not any(any(misnamed([path])) for path in recorded)
    except (ValueError, TypeError, AttributeError, RecursionError):
        is_sound = False
    if not is_sound:
        message = "is not an index that dtemplates wrote"
        remedy = "restore or delete it; without it, no file counts as written by dtemplates"
        raise OutputError([Finding(message, file=str(file), remedy=remedy)])
    return content, recorded


def _what_is(entry: os.DirEntry[str]) -> str:
    """Return the digest of a file, or what else it is."""
    if entry.is_symlink():
        return LINK
    if entry.is_dir(follow_symlinks=False):
        return FOLDER
    return digest(Path(entry.path)) or OTHER
