"""The one place where programs are started: as argument lists, never through a shell."""

from __future__ import annotations

import codecs
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Stream = Literal["stdout", "stderr"]

CANNOT_START = 126
"""The exit code of what is no program, as shells give it."""

# Seconds that a program gets after an interrupt to end its own work, and after a termination.
GRACE = (10.0, 5.0)
# Of each stream the last part is kept: an answer is far shorter, a log's end tells what failed.
_KEPT = 8_000_000
# A longer line is handed on in pieces, so that one without an end does not fill the memory.
_LONGEST_LINE = 1_000_000
# Once a program has ended, its output may be held open by programs that it left behind.
_DRAIN = 2.0
# How often to look whether a program has ended whose output is held open.
_LOOK = 0.1


@dataclass(frozen=True)
class Completed:
    """How a program ended: its exit code, negative for a signal, and what it wrote.

    `seconds` is how long it ran; `timed_out` whether it was ended because that was too long.
    """

    argv: tuple[str, ...]
    code: int
    stdout: str
    stderr: str
    seconds: float
    timed_out: bool = False

    @property
    def words(self) -> str:
        """What it said of what went wrong: its errors, or else its output."""
        return self.stderr.strip() or self.stdout.strip()


class MissingProgram(Exception):
    """There is no such program on PATH; `str()` is its name."""


def run(
    argv: tuple[str, ...],
    *,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    timeout: float | None = None,
    each_line: Callable[[Stream, str], None] | None = None,
    grace: tuple[float, float] | None = None,
) -> Completed:
    """Run a program to its end, and return how it ended.

    `each_line` gets each line of its output as it comes, from one thread at a time; what it raises
    ends the program, and is raised here. Where the program takes longer than `timeout` seconds it
    is interrupted, then terminated, then killed. Raises `MissingProgram`; a KeyboardInterrupt
    reaches the program first, and is raised once that has ended.
    """
    env = dict(os.environ if environment is None else environment)
    program = shutil.which(argv[0], path=env.get("PATH", os.defpath))
    if program is None:
        raise MissingProgram(argv[0])
    terminal = sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()
    started = time.monotonic()
    try:
        process = subprocess.Popen(  # noqa: S603 (argument lists alone)
            # PATH may name folders relative to ours, which is not where the program starts.
            [str(Path(program).absolute()), *argv[1:]],
            cwd=cwd,
            env=env,
            # A program may ask on the terminal, for a second factor say; a pipe is not for it.
            stdin=None if terminal else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # At a terminal it stays in our group, which the terminal interrupts as a whole.
            start_new_session=not terminal,
        )
    except OSError as error:
        return Completed(argv, CANNOT_START, "", f"cannot be started: {error.strerror}", 0.0)
    readers = _Readers(process, each_line)
    in_time = False
    try:
        in_time = readers.wait(timeout)
        if process.returncode is None:
            _end(process, grace or GRACE, told=False)
    except KeyboardInterrupt:
        _end(process, grace or GRACE, told=terminal)
        raise
    finally:
        if process.poll() is None:
            _signal(process, signal.SIGKILL)
            process.wait()
        readers.join()
    if readers.error is not None:
        raise readers.error
    return Completed(
        argv,
        process.returncode,
        readers.text("stdout"),
        readers.text("stderr"),
        time.monotonic() - started,
        not in_time,
    )


def _end(process: subprocess.Popen[bytes], grace: tuple[float, float], *, told: bool) -> None:
    """End a program as gently as it lets us; `told` where it was interrupted already.

    Raises KeyboardInterrupt, once it has ended, where that came meanwhile.
    """
    interrupted = False
    signals = [signal.SIGINT, signal.SIGTERM]
    for number, (each, patience) in enumerate(zip(signals, grace, strict=True)):
        if not (told and number == 0):
            _signal(process, each)
        try:
            process.wait(patience)
            break
        except subprocess.TimeoutExpired:
            continue
        except KeyboardInterrupt:
            # Whoever interrupts again has waited long enough for this signal.
            interrupted = True
    else:
        _signal(process, signal.SIGKILL)
        process.wait()
    if interrupted:
        raise KeyboardInterrupt


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to the program, and to its own children where it leads a group."""
    if process.poll() is not None:
        return
    # It may have ended by itself in between, for which macOS has the other error.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.getpgid(process.pid) == process.pid:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)


class _Readers:
    """What a program writes, read by a thread for each stream."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        each_line: Callable[[Stream, str], None] | None,
    ) -> None:
        self.error: Exception | None = None
        self._process = process
        self._each_line = each_line
        self._lock = threading.Lock()
        self._kept: dict[Stream, list[str]] = {"stdout": [], "stderr": []}
        self._sizes: dict[Stream, int] = {"stdout": 0, "stderr": 0}
        assert process.stdout is not None
        assert process.stderr is not None
        streams: dict[Stream, IO[bytes]] = {"stdout": process.stdout, "stderr": process.stderr}
        self._open = len(streams)
        self._nothing_more = threading.Event()
        self._threads = [
            threading.Thread(target=self._read, args=(name, stream), daemon=True)
            for name, stream in streams.items()
        ]
        for thread in self._threads:
            thread.start()

    def wait(self, timeout: float | None) -> bool:
        """Wait until the program has ended, or a line's reader has failed.

        Returns False where neither has come in time.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while self._process.poll() is None and self.error is None:
            left = _LOOK if deadline is None else min(_LOOK, deadline - time.monotonic())
            if left <= 0:
                return False
            # The end of its output tells at once that it ends, unless it has closed that itself.
            if self._nothing_more.wait(left):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(left)
        return True

    def _read(self, name: Stream, stream: IO[bytes]) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        with stream:
            while raw := stream.readline(_LONGEST_LINE):
                # Whatever is shorter is the end of a line, or of all.
                self._take(name, decoder.decode(raw, final=len(raw) < _LONGEST_LINE))
        self._take(name, decoder.decode(b"", final=True))
        with self._lock:
            self._open -= 1
            if not self._open:
                self._nothing_more.set()

    def _take(self, name: Stream, line: str) -> None:
        with self._lock:
            if line:
                self._keep(name, line)
            if not line or self._each_line is None:
                return
            try:
                self._each_line(name, line.rstrip("\r\n"))
            except Exception as error:
                # Reading goes on, so that the program can end its work; nobody hears of it.
                self.error, self._each_line = error, None
                self._nothing_more.set()

    def _keep(self, name: Stream, line: str) -> None:
        self._kept[name].append(line)
        self._sizes[name] += len(line)
        # Cut at twice the size, so that not every line moves all that is kept.
        if self._sizes[name] > 2 * _KEPT:
            self._kept[name] = [self._last(name)]
            self._sizes[name] = _KEPT

    def _last(self, name: Stream) -> str:
        return "".join(self._kept[name])[-_KEPT:]

    def join(self) -> None:
        """Wait for the rest of the output; what comes too late is not told any more."""
        deadline = time.monotonic() + _DRAIN
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        with self._lock:
            self._each_line = None

    def text(self, name: Stream) -> str:
        with self._lock:
            return self._last(name)
