"""Exchanging a folder's old files for new ones: all of them, or none.

Either the whole folder is built anew beside the old one and the two swap names in one step, or the
new files are moved in one by one, by a journal that a later write can finish. Where the system
refuses, every function raises `OSError`, and the files are as they were.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dtemplates import journal
from dtemplates.disk import is_folder, parents, resemble, sync, write
from dtemplates.errors import OutputError
from dtemplates.findings import Finding
from dtemplates.journal import INSIDE, NEW, OLD

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from dtemplates.journal import Known

# A folder that cannot be swapped may still be written file by file; a full disk is not among these.
_CANNOT_SWAP = {
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.EBUSY, errno.EXDEV),
    *(errno.EMLINK, errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP),
}


class Change(NamedTuple):
    """What makes the new folder of the old one; every path is relative, with `/`.

    `known` has for each path the digests of what was seen there and of what is written there:
    nothing else is ever deleted. `whole` says that the folder holds nothing but these files.
    """

    write: Mapping[str, bytes]
    keep: Collection[str]
    remove: Collection[str]
    known: Known
    whole: bool


def carry_out(change: Change, folder: Path) -> None:
    """Make the change; the caller holds the folder `locked` and has `settle`d it."""
    if not os.path.lexists(folder):
        _create(change, folder)
        return
    if change.whole and _may_swap(folder):
        try:
            _swap_in(change, folder)
        except OSError as error:
            if error.errno not in _CANNOT_SWAP:
                raise
        else:
            return
    _move_in(change, folder)


def settle(folder: Path) -> bool:
    """Finish, or clear away, what a killed write has left; return whether there was anything."""
    top = _topmost(folder)
    left = [pair for pair in ((folder / INSIDE, folder), (_beside(top), top)) if _is_ours(*pair)]
    for work, home in left:
        journal.finish(work, home)
    return bool(left)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder, or the nearest one above it that exists, against other writers."""
    while True:
        place = _nearest(folder)
        with _held(place) as descriptor:
            # While this writer waited, another may have created the folder or swapped it.
            if descriptor is None or (
                place == _nearest(folder) and os.path.samestat(os.fstat(descriptor), place.stat())
            ):
                yield
                return


def swap(one: Path, other: Path) -> None:
    """Exchange the names of two folders in one step; raises `OSError` where that cannot be done."""
    from ctypes import CDLL, get_errno

    libc = CDLL(None, use_errno=True)
    first, second = os.fsencode(one), os.fsencode(other)
    number = errno.ENOSYS
    if sys.platform == "linux" and hasattr(libc, "renameat2"):
        at_cwd, rename_exchange = -100, 2
        number = libc.renameat2(at_cwd, first, at_cwd, second, rename_exchange) and get_errno()
    elif sys.platform == "darwin" and hasattr(libc, "renamex_np"):
        rename_swap = 2
        number = libc.renamex_np(first, second, rename_swap) and get_errno()
    if number:
        raise OSError(number, os.strerror(number), str(other))


def _create(change: Change, folder: Path) -> None:
    """Build the folder, and whichever above it are missing, and give it its name when complete."""
    top = _topmost(folder)
    tree = _beside(top)
    tree.mkdir()
    try:
        _fill(tree / folder.relative_to(top), change, folder)
        tree.rename(top)
    except BaseException:
        shutil.rmtree(tree, ignore_errors=True)
        raise
    sync(top.parent)


def _swap_in(change: Change, folder: Path) -> None:
    """Build the whole new folder beside the old one, and swap them."""
    work = _beside(folder)
    work.mkdir(mode=0o700)
    tree = work / "new"
    with ExitStack() as locks:
        try:
            tree.mkdir()
            # Whichever of the two the next writer opens, it waits until the old one is gone.
            locks.enter_context(_held(tree))
            _fill(tree, change, folder)
            journal.begin(work, [], change.known)
            swap(tree, folder)
        except BaseException:
            with suppress(OSError):
                journal.finish(work, folder)
            raise
        with suppress(OSError):  # the new folder is in place; the next write clears the rest
            sync(folder.parent)
            journal.finish(work, folder)


def _move_in(change: Change, folder: Path) -> None:
    """Write the new files into a hidden folder, and move them to their places by a journal."""
    added = {at for path in change.write for at in parents(path) if not is_folder(folder / at)}
    moves = [(path, f"{OLD}/{slot}") for slot, path in enumerate(change.remove)]
    moves += [("", at) for at in sorted(added)]
    for slot, path in enumerate(change.write, start=len(change.remove)):
        if os.path.lexists(folder / path):
            moves.append((path, f"{OLD}/{slot}"))
        moves.append((f"{NEW}/{slot}", path))
    new = [(folder / source, path) for source, path in moves if source.startswith(NEW)]
    work = folder / INSIDE
    work.mkdir(mode=0o700)
    try:
        (folder / NEW).mkdir()
        (folder / OLD).mkdir()
        for written, path in new:
            write(written, change.write[path], folder / path)
        sync(*(written for written, _ in new), folder / NEW)
        journal.begin(work, moves, change.known)
        journal.redo(folder, moves)
        for written, path in new:
            if os.path.lexists(written):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(folder / path))
        (folder / NEW).rmdir()  # from here on, the new files are in place
    except BaseException as error:
        try:
            journal.undo(folder, moves)
        except OSError:
            message, remedy = f"is half written: {error}", "the next write finishes it"
            raise OutputError([Finding(message, file=str(folder), remedy=remedy)]) from error
        raise
    with suppress(OSError):  # the next write clears the rest
        journal.finish(work, folder)


def _fill(tree: Path, change: Change, folder: Path) -> None:
    """Build the new folder: links to the files that stay, and the new ones."""
    paths = sorted((*change.keep, *change.write))
    folders = sorted({"", *(at for path in paths for at in parents(path))})
    for at in folders:
        (tree / at).mkdir(parents=not at, exist_ok=not at)
        resemble(tree / at, folder / at)
    for path in paths:
        if path in change.write:
            write(tree / path, change.write[path], folder / path)
        else:
            os.link(folder / path, tree / path, follow_symlinks=False)
    sync(*(tree / path for path in (*change.write, *folders)))


@contextmanager
def _held(folder: Path) -> Iterator[int | None]:
    """Lock a folder, and give the descriptor that holds the lock."""
    if sys.platform == "win32":
        yield None
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # Lustre and NFS may be mounted without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _may_swap(folder: Path) -> bool:
    """Return whether a whole folder can be replaced without pulling it from under somebody."""
    if sys.platform not in ("linux", "darwin") or os.path.ismount(folder):
        return False
    with suppress(OSError):  # the current folder may be gone
        return not Path.cwd().is_relative_to(folder)
    return True


def _beside(folder: Path) -> Path:
    return folder.parent / f".dtemplates-{sha256(os.fsencode(folder.name)).hexdigest()[:16]}"


def _topmost(folder: Path) -> Path:
    """Return the folder, or the one above it that has to be made first."""
    missing = [path for path in (folder, *folder.parents) if not os.path.lexists(path)]
    return missing[-1] if missing else folder


def _nearest(folder: Path) -> Path:
    return folder if os.path.lexists(folder) else _topmost(folder).parent


def _is_ours(work: Path, folder: Path) -> bool:
    """Return whether a hidden folder is a leftover: beside the folder, others may write as well."""
    owner = getattr(os, "geteuid", int)()
    return is_folder(work) and (work.parent == folder or work.lstat().st_uid == owner)
