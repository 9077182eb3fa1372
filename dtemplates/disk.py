"""Files and folders on the disk: looked at without following a link, written to stay."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from hashlib import sha256
from pathlib import Path


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
    """Write a new file, which has reached the disk on return."""
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        with suppress(PermissionError):  # the old one was another user's
            resemble(path, like)
        os.fsync(file.fileno())


def resemble(new: Path, old: Path) -> None:
    """Give a new file or folder the mode and the owner of the one that it replaces, if any."""
    if not os.path.lexists(old):
        return
    was, now = old.lstat(), new.lstat()
    if stat.S_IFMT(was.st_mode) == stat.S_IFMT(now.st_mode):
        (shutil.copystat if stat.S_ISDIR(now.st_mode) else shutil.copymode)(old, new)
        if (was.st_uid, was.st_gid) != (now.st_uid, now.st_gid):
            os.chown(new, was.st_uid, was.st_gid)


def sync(folder: Path) -> None:
    """Let the names in a folder reach the disk, where the file system can do that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
