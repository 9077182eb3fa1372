"""Rendered files in an output folder: exactly those that are wanted, and nobody else's touched."""

from __future__ import annotations

import errno
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from dtemplates import exchange
from dtemplates.errors import OutputError
from dtemplates.file_names import folders_of, misnamed
from dtemplates.findings import Finding
from dtemplates.output_state import FOLDER, INDEX, LINK, OTHER, RESPELT, State, observe

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_IN_THE_WAY = {
    FOLDER: ("is a folder, and a file is to be written there", "move it away"),
    LINK: ("is a symbolic link, and none is followed or replaced", "remove the link"),
    OTHER: ("is neither a file nor a folder", "move it away"),
    RESPELT: ("is there already, but spelt otherwise", "move it away"),
}
_EDITED = (
    "was edited since dtemplates wrote it",
    "put the change into the settings' patches or a template of your own, or use --overwrite",
)
_FOREIGN = ("is in the way, and was not written by dtemplates", "move it away, or use --overwrite")

_NOT_ALLOWED = "name a folder that you may write to"
_REMEDIES = {
    errno.EACCES: _NOT_ALLOWED,
    errno.EPERM: _NOT_ALLOWED,
    errno.EROFS: _NOT_ALLOWED,
    errno.EEXIST: "move it away",
    errno.EXDEV: "let the folder lie on one disk",
    errno.ENOTDIR: "name a folder, not a file",
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room on the disk",
    errno.ENAMETOOLONG: "name a folder with a shorter path",
}


@dataclass(frozen=True)
class Written:
    """What became of each file: relative paths with `/`, sorted.

    `removed` had been written before and are not wanted any more; those of them that were edited
    since are `kept`.
    """

    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def write_files(
    files: Mapping[str, str], folder: Path, *, overwrite: bool = False, partial: bool = False
) -> Written:
    """Make a folder hold the files, each given as its relative path with `/` and its text.

    Files of an earlier call that are not wanted any more are removed, but not with `partial`; all
    others stay. `overwrite` also replaces those in the way that somebody else wrote or edited.

    Raises `OutputError` where a name cannot be a file's on every system, something is in the way,
    or the system refuses; the folder is then as it was. Killed at any moment, it leaves the old
    folder or the new one, or what the next call and `recover` make into one of the two.
    """
    contents = _contents(files, folder)
    wanted = {path: sha256(content).hexdigest() for path, content in contents.items()}
    with _opened(folder) as place:
        exchange.settle(place)
        state = observe(place, wanted)
        staying = state.recorded.keys() & state.found.keys() if partial else set()
        staying = staying - wanted.keys() - folders_of(wanted)
        written, refused = plan(state, wanted, staying, overwrite=overwrite)
        if refused:
            raise OutputError(replace(each, file=str(folder / each.file)) for each in refused)
        change = _change(state, written, contents, wanted, staying)
        if change.write:
            exchange.carry_out(change, place)
    return written


def recover(folder: Path) -> bool:
    """Finish what a killed `write_files` has begun; return whether there was anything.

    Raises `OutputError` where the system refuses.
    """
    with _opened(folder) as place:
        return exchange.settle(place)


def plan(
    state: State, wanted: Mapping[str, str], staying: Collection[str] = (), *, overwrite: bool
) -> tuple[Written, tuple[Finding, ...]]:
    """Return what is to become of each file, and whatever stands in the way of it.

    `wanted` has the digest of each file; those `staying` are not wanted, and not removed either.
    Nothing is read or written.
    """
    found, recorded = state.found, state.recorded
    folders = folders_of(wanted)
    blocking = {path for path in folders if found.get(path, FOLDER) != FOLDER}
    stale = {path for path in recorded if found.get(path, FOLDER) != FOLDER} - wanted.keys()
    stale -= set(staying)
    kept = {path for path in stale if found[path] != recorded[path]} - blocking
    others = {*state.foreign, *kept, *staying}

    def is_free(path: str) -> bool:
        """Whether a file can be written, or a folder be made, without anybody's loss."""
        if found[path] == FOLDER:
            return path in folders or not any(f"{at}/".startswith(f"{path}/") for at in others)
        ours = (wanted.get(path), recorded.get(path))
        return found[path] not in _IN_THE_WAY and (overwrite or found[path] in ours)

    refused = []
    for path in sorted({*wanted, *folders} & found.keys()):
        if not is_free(path):
            otherwise = _EDITED if path in recorded else _FOREIGN
            message, remedy = _IN_THE_WAY.get(found[path], otherwise)
            refused.append(Finding(message, file=path, remedy=remedy))
    created = {path for path in wanted if found.get(path, FOLDER) == FOLDER}
    unchanged = {path for path in wanted if found.get(path) == wanted[path]}
    groups = created, wanted.keys() - created - unchanged, unchanged, stale - kept | blocking, kept
    return Written(*(tuple(sorted(group)) for group in groups)), tuple(refused)


def _contents(files: Mapping[str, str], folder: Path) -> dict[str, bytes]:
    """Return the bytes of each file, sorted by path, or refuse all that cannot be written."""
    remedy = "give it another name"
    problems = [
        Finding(f"{path!r} {why}", file=str(folder), remedy=remedy) for path, why in misnamed(files)
    ]
    contents = {}
    for path in sorted(files):
        try:
            contents[path] = files[path].encode()
        except UnicodeEncodeError:
            problems.append(Finding("holds half a character", file=str(folder / path)))
    if problems:
        raise OutputError(problems)
    return contents


def _change(
    state: State,
    written: Written,
    contents: Mapping[str, bytes],
    wanted: Mapping[str, str],
    staying: Collection[str],
) -> exchange.Change:
    """Return what is to be written and removed, and the index with it."""
    recorded = {**wanted, **{path: state.recorded[path] for path in staying}}
    index = (
        json.dumps(dict(sorted(recorded.items())), indent=1, ensure_ascii=False).encode() + b"\n"
    )
    changed = {path: contents[path] for path in (*written.created, *written.updated)}
    unchanged = [*written.unchanged, *staying]
    if index == state.index:
        unchanged.append(INDEX)
    else:
        changed[INDEX] = index
    # Files that somebody else has removed may have left an empty folder behind.
    gone = state.recorded.keys() - recorded.keys() - state.found.keys()
    removed = sorted({*written.removed, *gone})
    digests = {**wanted, INDEX: sha256(index).hexdigest()}
    known = {
        path: [each[path] for each in (state.found, digests) if path in each]
        for path in (*changed, *unchanged, *removed)
    }
    whole = not state.foreign and not written.kept
    return exchange.Change(changed, unchanged, removed, known, whole)


@contextmanager
def _opened(folder: Path) -> Iterator[Path]:
    """Give the real place of a folder, locked; what the system refuses is an `OutputError`."""
    try:
        place = Path(os.path.realpath(folder))
    except ValueError:
        message, remedy = "is not a folder's name", "name another folder"
        raise OutputError([Finding(message, file=str(folder), remedy=remedy)]) from None
    try:
        with exchange.locked(place):
            yield place
    except OSError as error:
        at = f" ({error.filename})" if error.filename else ""
        message = f"cannot be written: {error.strerror}{at}"
        remedy = _REMEDIES.get(error.errno or 0, "")
        raise OutputError([Finding(message, file=str(folder), remedy=remedy)]) from error
