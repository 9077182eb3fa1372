"""The folder `.dtemplates/`: manifests as they are applied, logs of runs, and a lock."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import IO, TYPE_CHECKING

from dtemplates.errors import ToolError
from dtemplates.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from dtemplates.manifests import Manifest
    from dtemplates.tools.redaction import Redaction

NAME = ".dtemplates"
_KEPT_LOGS = 50


class RunFolder:
    """What is kept of the runs on one cluster; nothing in it decides what is done already."""

    def __init__(self, parent: Path, cluster: str) -> None:
        self.root = parent / NAME
        self.path = self.root / cluster
        self.manifests = self.path / "manifests"
        self.logs = self.path / "logs"

    def make(self) -> None:
        """Make the folder, for its owner alone. Raises `ToolError`."""
        try:
            for folder in (self.root, self.path, self.manifests, self.logs):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            ignore = self.root / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
        except OSError as error:
            raise _unusable(self.path, error) from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs on the cluster away. Raises `ToolError` where there is one already.

        The lock ends with the process, however that ends.
        """
        try:
            file = (self.path / "lock").open("a+", encoding="utf-8")
        except OSError as error:
            raise _unusable(self.path, error) from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.seek(0)
                holder = file.read().strip() or "unknown"
                raise ToolError(
                    [
                        Finding(
                            f"another dtemplates is at work on this cluster (process {holder})",
                            file=str(self.path),
                            remedy="wait until it has ended, then try again",
                        )
                    ]
                ) from None
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
            yield

    def put(self, manifests: Iterable[Manifest]) -> None:
        """Make the files exactly those of the manifests, byte for byte, and no others.

        A chart is installed as a folder, with whatever is in it. Raises `ToolError`.
        """
        try:
            manifests = list(manifests)
            wanted = {self.manifests / manifest.file for manifest in manifests}
            for path in list(self.manifests.rglob("*")):
                if path not in wanted and (path.is_symlink() or not path.is_dir()):
                    path.unlink()
            for manifest in manifests:
                path = self.manifests / manifest.file
                content = manifest.text.encode()
                if path.is_file() and not path.is_symlink() and path.read_bytes() == content:
                    continue
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                path.unlink(missing_ok=True)
                path.write_bytes(content)
                path.chmod(0o600)
        except OSError as error:
            raise _unusable(self.manifests, error) from error

    @contextmanager
    def log(self, command: str, redaction: Redaction) -> Iterator[Log]:
        """Open the log of a run; the oldest ones make room. Raises `ToolError`."""
        now = datetime.now(timezone.utc)
        path = self.logs / f"{now:%Y-%m-%dT%H%M%S.%fZ}-{command}.log"
        try:
            for old in sorted(self.logs.glob("*.log"))[: -_KEPT_LOGS + 1]:
                old.unlink(missing_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise _unusable(self.logs, error) from error
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            yield Log(path, file, redaction)


class Log:
    """A run's commands, what they printed, and when; secrets removed."""

    def __init__(self, path: Path, file: IO[str], redaction: Redaction) -> None:
        self.path, self._file, self._redaction = path, file, redaction

    def write(self, text: str) -> None:
        """Write a line under the present time."""
        now = datetime.now(timezone.utc)
        try:
            self._file.write(f"{now:%Y-%m-%dT%H:%M:%SZ} {self._redaction(text)}\n")
            # Whatever ends this process, the log is to tell how far it came.
            self._file.flush()
        except OSError:
            # A full disk ends the log, not what is logged: a tool stopped half-way costs more.
            return


def _unusable(path: Path, error: OSError) -> ToolError:
    reason = error.strerror or str(error)
    where = str(error.filename or path)
    remedy = "run in a folder that you may write to, where nothing else has this name"
    return ToolError([Finding(f"cannot be used: {reason}", file=where, remedy=remedy)])
