"""Files and folders on the disk: looked at without following a link, written to stay."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from threading import Thread

# Files on their way to the disk together: more gain nothing.
_AT_ONCE = 8


def digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, or nothing for whatever is not a regular file."""
    if not stat.S_ISREG(path.lstat().st_mode):
        return ""
    return sha256(path.read_bytes()).hexdigest()


def parents(path: str) -> list[str]:
    """Return the folders on the way: `a` and `a/b` for `a/b/c`."""
    return [path[:end] for end, letter in enumerate(path) if letter == "/"]


def is_folder(path: Path) -> bool:
    """Return whether a path is a folder, and not a link to one."""
    return path.is_dir() and not path.is_symlink()


def is_reachable(folder: Path, path: str) -> bool:
    """Return whether the way to a path leads through folders alone, and through no link."""
    return all(is_folder(folder / at) for at in parents(path))


def is_same(one: Path, other: Path) -> bool:
    """Return whether two paths are names of one file."""
    return os.path.lexists(other) and os.path.samestat(one.lstat(), other.lstat())


def write(path: Path, content: bytes, like: Path) -> None:
    """Write a new file, which `sync` is to bring to the disk."""
    with path.open("xb") as file:
        file.write(content)
    with suppress(PermissionError):  # the old one was another user's
        resemble(path, like)


def resemble(new: Path, old: Path) -> None:
    """Give a new file or folder the mode and the owner of the one that it replaces, if any."""
    if not os.path.lexists(old):
        return
    was, now = old.lstat(), new.lstat()
    if stat.S_IFMT(was.st_mode) == stat.S_IFMT(now.st_mode):
        (shutil.copystat if stat.S_ISDIR(now.st_mode) else shutil.copymode)(old, new)
        if (was.st_uid, was.st_gid) != (now.st_uid, now.st_gid):
            os.chown(new, was.st_uid, was.st_gid)


def sync(*paths: Path) -> None:
    """Let files, and the names in folders where the file system can do that, reach the disk.

    Several at once: a disk takes many in the time of one. Raises `OSError` for files.
    """
    waiting = iter(paths)
    failed: list[BaseException] = []

    def bring() -> None:
        try:
            for path in waiting:
                _sync(path)
        except BaseException as error:
            failed.append(error)

    threads = [Thread(target=bring) for _ in range(min(len(paths), _AT_ONCE) - 1)]
    for thread in threads:
        thread.start()
    bring()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def _sync(path: Path) -> None:
    # What may be read alone is synced by that on all systems but Windows.
    access = os.O_RDONLY if os.name == "posix" else os.O_RDWR
    try:
        descriptor = os.open(path, access)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError:
        if not is_folder(path):
            raise
