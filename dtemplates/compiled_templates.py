"""Bundled templates, compiled once and kept for the next process, as Python keeps its modules."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2.bccache import FileSystemBytecodeCache

from dtemplates import __version__

if TYPE_CHECKING:
    from jinja2.bccache import Bucket


class _Kept(FileSystemBytecodeCache):
    """Jinja's cache, which knows what was compiled of another text; it may fail to keep any."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().dump_bytecode(bucket)


def kept() -> FileSystemBytecodeCache | None:
    """Return where compiled templates are kept; None where nothing may be written.

    It is a folder of the user's own below `XDG_CACHE_HOME`, or else `~/.cache`, for each version
    of what compiles. `PYTHONDONTWRITEBYTECODE` means these as well.
    """
    if sys.dont_write_bytecode:
        return None
    with suppress(OSError, RuntimeError):  # without a home, there is nowhere
        caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        python = sys.implementation.cache_tag
        folder = caches / "dtemplates" / f"{__version__}-jinja-{version('jinja2')}-{python}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _Kept(str(folder))
    return None
