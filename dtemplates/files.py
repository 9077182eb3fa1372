"""Files that a user names: read whole, within bounds, or refused in words."""

from __future__ import annotations

import sys
from pathlib import Path

from dtemplates.errors import InputError
from dtemplates.findings import Finding

START = "`dtemplates init` writes one to start from"
SETTINGS_LIMIT = 4 * 2**20
TEMPLATE_LIMIT = 4 * 2**20
MANIFEST_LIMIT = 8 * 2**20
STDIN = "-"


def read(path: str | Path, *, limit: int, remedy: str = "") -> bytes:
    """Return what a file holds, or standard input for `-`.

    Raises `InputError` where there is no such file, it is a folder, may not be read, is empty, or
    is larger than `limit` bytes: no more than that is ever read.
    """
    name = display_name(path)
    try:
        if str(path) == STDIN:
            if sys.stdin is None:
                raise _refused(name, "is closed", "")
            content = sys.stdin.buffer.read(limit + 1)
        else:
            with Path(path).open("rb") as file:
                content = file.read(limit + 1)
    except IsADirectoryError:
        raise _refused(name, "is a folder, not a file", "name a file in it") from None
    except FileNotFoundError:
        raise _refused(name, "there is no such file", remedy) from None
    except ValueError:
        raise _refused(name, "is not a file's name", "") from None
    except OSError as error:
        raise _refused(name, f"cannot be read: {error.strerror}", "") from None
    if len(content) > limit:
        raise _refused(name, f"is larger than {limit // 2**20} MiB", "is it the right file?")
    if not content.strip():
        raise _refused(name, "is empty", remedy)
    return content


def display_name(path: str | Path) -> str:
    """Return how messages call a file."""
    return "<stdin>" if str(path) == STDIN else str(path)


def _refused(name: str, message: str, remedy: str) -> InputError:
    return InputError([Finding(message, file=name, remedy=remedy)])
