"""Programs are started as they are written, heard to the end, and never left behind."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import ROOT

from dtemplates.tools import processes
from dtemplates.tools.processes import Completed, MissingProgram, Stream, run

# Longer than any test takes: what is waited for ends it, never the time.
LONG = 30.0
# Ignores what it is told to, and says when it does so.
STUBBORN = """
import signal, sys
for name in sys.argv[1:]:
    signal.signal(getattr(signal, name), signal.SIG_IGN)
def on(number, frame):
    print("got", signal.Signals(number).name, flush=True)
    sys.exit(3)
for name in ("SIGINT", "SIGTERM"):
    if name not in sys.argv[1:]:
        signal.signal(getattr(signal, name), on)
print("ready", flush=True)
while True:
    signal.pause()
"""


def python(code: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-ISc", code, *arguments)


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    # One that has ended, and whose parent does not know yet, runs no more.
    status = Path(f"/proc/{process}/stat")
    return not (status.exists() and status.read_text("utf-8").rpartition(")")[2].split()[0] == "Z")


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.005)


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    threads = threading.active_count()
    yield
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    until(lambda: threading.active_count() <= threads)


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., str]:
    def script(name: str, text: str, mode: int = 0o755) -> str:
        path = tmp_path / name
        path.write_text(text, "utf-8")
        path.chmod(mode)
        return str(path)

    return script


@pytest.fixture
def lines() -> list[tuple[Stream, str]]:
    return []


@pytest.fixture
def hear(lines: list[tuple[Stream, str]]) -> Callable[[Stream, str], None]:
    return lambda stream, text: lines.append((stream, text))


# What it writes


def test_lines_come_while_it_runs(tmp_path: Path) -> None:
    # It goes on only after its line has been heard.
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    heard: list[str] = []

    def each_line(stream: Stream, text: str) -> None:
        heard.append(text)
        if text == "first":
            gate.write_text("go on\n", "utf-8")

    code = "print('first', flush=True); print(open(__import__('sys').argv[1]).read(), end='')"
    done = run(python(code, str(gate)), each_line=each_line, timeout=LONG)
    assert (done.code, done.timed_out) == (0, False)
    assert heard == ["first", "go on"]
    assert done.stdout == "first\ngo on\n"


def test_each_stream_is_kept_by_itself_and_in_order(
    lines: list[tuple[Stream, str]], hear: Callable[[Stream, str], None]
) -> None:
    code = """
import sys
for number in range(500):
    print(number, file=sys.stderr if number % 3 else sys.stdout, flush=True)
"""
    done = run(python(code), each_line=hear)
    for stream, kept, rests in (("stdout", done.stdout, (0,)), ("stderr", done.stderr, (1, 2))):
        wanted = [str(number) for number in range(500) if number % 3 in rests]
        assert [text for name, text in lines if name == stream] == wanted
        assert kept.splitlines() == wanted


def test_lines_are_told_by_one_thread_at_a_time() -> None:
    inside = threading.Lock()
    crowded: list[str] = []

    def each_line(stream: Stream, text: str) -> None:
        if not inside.acquire(blocking=False):
            crowded.append(text)
            return
        # The other thread gets its chance.
        time.sleep(0)
        inside.release()

    code = "import sys\nfor n in range(300): print(n); print(n, file=sys.stderr)"
    run(python(code), each_line=each_line)
    assert crowded == []


@pytest.mark.parametrize(
    ("raw", "text", "told"),
    [
        (r"b''", "", []),
        (r"b'\n'", "\n", [""]),
        (r"b'one\ntwo'", "one\ntwo", ["one", "two"]),
        (r"b'one\r\ntwo\r\n'", "one\r\ntwo\r\n", ["one", "two"]),
        (r"b'10%\r20%\r\n'", "10%\r20%\r\n", ["10%\r20%"]),
        (r"b'\xff\xfe\nok\n'", "\ufffd\ufffd\nok\n", ["\ufffd\ufffd", "ok"]),
        (r"'größer ✔\n'.encode()", "größer ✔\n", ["größer ✔"]),
        (r"'größer\n'.encode('latin-1')", "gr\ufffd\ufffder\n", ["gr\ufffd\ufffder"]),
        (r"b'cut \xe2\x9c'", "cut \ufffd", ["cut \ufffd"]),
        (r"b'a\x00b\x1b[31m\n'", "a\x00b\x1b[31m\n", ["a\x00b\x1b[31m"]),
        # Python knows more ends of lines than tools do.
        (r"'a\u2028b\x0bc\x85d\n'.encode()", "a\u2028b\x0bc\x85d\n", ["a\u2028b\x0bc\x85d"]),
    ],
)
def test_any_bytes_become_text(
    raw: str,
    text: str,
    told: list[str],
    lines: list[tuple[Stream, str]],
    hear: Callable[[Stream, str], None],
) -> None:
    done = run(python(f"import sys; sys.stdout.buffer.write({raw})"), each_line=hear)
    assert done.stdout == text
    assert [line for _, line in lines] == told


def test_much_of_both_streams_does_not_block() -> None:
    # A pipe holds 64 KiB: whoever reads one after the other stands still here.
    code = """
import sys
for number in range(2000):
    sys.stdout.write("o" * 999 + "\\n")
    sys.stderr.write("e" * 999 + "\\n")
"""
    done = run(python(code), timeout=LONG)
    assert not done.timed_out
    assert (len(done.stdout), len(done.stderr)) == (2_000_000, 2_000_000)


@pytest.mark.parametrize("line", ["'x' * 99", "''", "'x' * 4999"], ids=["usual", "none", "long"])
def test_of_more_than_can_be_kept_the_end_is(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_KEPT", 20_000)
    heard = [0]

    def count(stream: Stream, text: str) -> None:
        heard[0] += 1

    code = f"for n in range(2000): print({line})\nprint('the end')"
    done = run(python(code), each_line=count)
    assert done.stdout.endswith("\nthe end\n")
    assert len(done.stdout) <= 20_000
    assert heard[0] == 2001


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    # 30 MB without an end of line, of which 100 kB may be held at a time.
    monkeypatch.setattr(processes, "_KEPT", 100_000)
    monkeypatch.setattr(processes, "_LONGEST_LINE", 100_000)
    code = "import sys\nfor n in range(300): sys.stdout.write('x' * 100_000)"
    tracemalloc.start()
    try:
        done = run(python(code))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert done.stdout == "x" * 100_000
    assert peak < 3_000_000


def test_a_line_without_end_comes_in_pieces_and_whole(
    monkeypatch: pytest.MonkeyPatch,
    lines: list[tuple[Stream, str]],
    hear: Callable[[Stream, str], None],
) -> None:
    # Three bytes each, so that pieces end within a letter.
    monkeypatch.setattr(processes, "_LONGEST_LINE", 1000)
    done = run(python("import sys; sys.stdout.buffer.write('✔'.encode() * 5000)"), each_line=hear)
    assert done.stdout == "✔" * 5000
    assert len(lines) > 10
    assert "".join(text for _, text in lines) == "✔" * 5000


# How it ends


@pytest.mark.parametrize("code", [0, 1, 2, 126, 127, 252, 255])
def test_exit_codes_are_told(code: int) -> None:
    done = run(python(f"raise SystemExit({code})"))
    assert (done.code, done.timed_out) == (code, False)


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT", "SIGSEGV"])
def test_death_by_a_signal_is_its_negative(name: str) -> None:
    number = getattr(signal, name)
    kill = f"import os, signal; signal.signal({number}, 0); " if name != "SIGKILL" else "import os;"
    done = run(python(f"{kill} os.kill(os.getpid(), {number})"))
    assert (done.code, done.timed_out) == (-number, False)


@pytest.mark.parametrize(
    ("stdout", "stderr", "words"),
    [("out", "err", "err"), ("out\n", "  \n", "out"), ("", "", "")],
)
def test_its_words_are_its_errors_or_else_its_output(stdout: str, stderr: str, words: str) -> None:
    assert Completed(("x",), 1, stdout, stderr, 0.0).words == words


def test_one_that_closes_its_output_is_waited_for(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    code = (
        "import os, sys, time; os.close(1); os.close(2); time.sleep(0.15); open(sys.argv[1], 'w')"
    )
    assert run(python(code, str(mark))).code == 0
    assert mark.exists()


# Where it cannot be started


def test_a_program_that_is_nowhere_is_missing() -> None:
    with pytest.raises(MissingProgram, match=r"^no-such-program$"):
        run(("no-such-program", "--version"))


def test_folders_and_plain_files_are_no_programs(
    tmp_path: Path, script: Callable[..., str]
) -> None:
    (tmp_path / "folder").mkdir()
    script("plain", "#!/bin/sh\n", 0o644)
    for name in ("folder", "plain"):
        with pytest.raises(MissingProgram):
            run((name,), environment={"PATH": str(tmp_path)})


def test_the_path_is_that_of_its_environment(script: Callable[..., str], tmp_path: Path) -> None:
    script("tool", "#!/bin/sh\necho here\n")
    assert run(("tool",), environment={"PATH": str(tmp_path)}).stdout == "here\n"
    with pytest.raises(MissingProgram):
        run(("tool",), environment={"PATH": "/nowhere"})


def test_a_relative_path_holds_in_any_folder(
    script: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script("tool", "#!/bin/sh\necho here\n")
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    done = run(("tool",), environment={"PATH": "."}, cwd=tmp_path / "folder")
    assert (done.code, done.stdout) == (0, "here\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\x7fELF of another machine", "Exec format error"),
        ("#!/no/such/interpreter\n", "No such file or directory"),
    ],
)
def test_what_cannot_be_started_says_so(text: str, words: str, script: Callable[..., str]) -> None:
    done = run((script("broken", text),))
    assert (done.code, done.words) == (126, f"cannot be started: {words}")


# What it gets


@pytest.mark.parametrize(
    "word",
    ["two words", "it's \"quoted\"", "$(touch made)", "`touch made`", "a; touch made", "$HOME", "*",
     "", "-", "--", "\\n", "line\nbreak", "größer", "&& touch made", "> made"],
)  # fmt: skip
def test_no_shell_reads_its_arguments(word: str, tmp_path: Path) -> None:
    code = "import sys; sys.stdout.buffer.write(repr(sys.argv[1:]).encode())"
    done = run(python(code, word, word), cwd=tmp_path)
    assert done.stdout == repr([word, word])
    assert list(tmp_path.iterdir()) == []


def test_environment_and_folder_are_those_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_PARENT", "1")
    code = "import os; print(os.getcwd()); print(sorted(set(os.environ) - {'LC_CTYPE'}))"
    done = run(python(code), cwd=tmp_path, environment={"ONLY": "this"})
    assert done.stdout.splitlines() == [str(tmp_path.resolve()), "['ONLY']"]
    inherited = run(python("import os; print(os.environ['OF_THE_PARENT'])"))
    assert inherited.stdout == "1\n"


def test_without_a_terminal_it_reads_nothing() -> None:
    # pytest's own input, whatever it is, is not the program's.
    assert run(python("import sys; print(repr(sys.stdin.read()))"), timeout=LONG).stdout == "''\n"


# Where it takes too long


class Clock:
    """Time that passes at once, as soon as the program has said anything."""

    def __init__(self) -> None:
        self.passed = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.passed

    def each_line(self, stream: Stream, text: str) -> None:
        self.passed = 2 * LONG


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(processes, "time", clock)
    return clock


@pytest.mark.parametrize(
    ("ignored", "code", "stdout"),
    [
        ((), 3, "ready\ngot SIGINT\n"),
        (("SIGINT",), 3, "ready\ngot SIGTERM\n"),
        (("SIGINT", "SIGTERM"), -signal.SIGKILL, "ready\n"),
    ],
    ids=["interrupted", "terminated", "killed"],
)
def test_it_is_ended_as_gently_as_it_lets_us(
    ignored: tuple[str, ...], code: int, stdout: str, clock: Clock
) -> None:
    # A signal that is heeded gets all the time there is; an ignored one, little.
    grace = tuple(0.05 if name in ignored else LONG for name in ("SIGINT", "SIGTERM"))
    done = run(
        python(STUBBORN, *ignored),
        timeout=LONG,
        grace=(grace[0], grace[1]),
        each_line=clock.each_line,
    )
    assert (done.code, done.timed_out, done.stdout) == (code, True, stdout)


def test_its_children_end_with_it(clock: Clock) -> None:
    code = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-ISc", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""
    done = run(python(code), timeout=LONG, each_line=clock.each_line)
    child = int(done.stdout)
    assert done.timed_out
    until(lambda: not is_there(child))


def test_no_time_at_all_is_too_long() -> None:
    assert run(python("import time; time.sleep(60)"), timeout=0).timed_out


# Programs that it leaves behind

# It ends at once; its child writes when it is told to, and holds the output open until then.
LEAVES = """
import os, sys
if os.fork() == 0:
    os.setsid()
    gate = open(sys.argv[1]).read()
    print("too late", flush=True)
    os._exit(0)
print("done", flush=True)
os._exit(0)
"""


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Path]:
    """A pipe on which the child waits; in the end it is told to go on, whatever happened."""
    path = tmp_path / "gate"
    os.mkfifo(path)
    yield path
    # It may have gone on already.
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))


def test_a_grandchild_that_holds_the_output_is_not_waited_for(
    gate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_DRAIN", 0.1)
    done = run(python(LEAVES, str(gate)), timeout=LONG)
    assert (done.code, done.timed_out, done.stdout) == (0, False, "done\n")


def test_nobody_hears_of_a_program_that_has_ended(
    gate: Path,
    monkeypatch: pytest.MonkeyPatch,
    lines: list[tuple[Stream, str]],
    hear: Callable[[Stream, str], None],
) -> None:
    monkeypatch.setattr(processes, "_DRAIN", 0.1)
    before = threading.active_count()
    run(python(LEAVES, str(gate)), each_line=hear)
    gate.write_text("go on", "utf-8")
    until(lambda: threading.active_count() <= before)
    assert lines == [("stdout", "done")]


# Where whoever hears it fails


class Broken(Exception):
    pass


def test_what_a_listener_raises_ends_the_program_and_is_raised() -> None:
    def each_line(stream: Stream, text: str) -> None:
        raise Broken(text)

    code = "import time; print('first', flush=True); print('second', flush=True); time.sleep(60)"
    with pytest.raises(Broken, match="first"):
        run(python(code), each_line=each_line)


def test_a_listener_that_has_failed_does_not_block_the_program(tmp_path: Path) -> None:
    # It ends its work when interrupted, with more output than a pipe holds.
    code = """
import signal, sys
mark = sys.argv[1]
def end(number, frame):
    print("x" * 1_000_000, flush=True)
    open(mark, "w").close()
    sys.exit()
signal.signal(signal.SIGINT, end)
print("ready", flush=True)
while True:
    signal.pause()
"""

    def each_line(stream: Stream, text: str) -> None:
        raise Broken

    with pytest.raises(Broken):
        run(python(code, str(tmp_path / "mark")), each_line=each_line, grace=(LONG, LONG))
    assert (tmp_path / "mark").exists()


# Where we are interrupted

# Does what dtemplates does: runs the program in its arguments.
PARENT = f"""
import os, signal, sys, time
if sys.argv[1] != "-":
    import fcntl, termios
    terminal = os.open(sys.argv[1], os.O_RDWR)
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    os.dup2(terminal, 0)
def late(number, frame):
    # Two signals at once are one: whoever sends another is to be noticed.
    time.sleep(0.05)
    raise KeyboardInterrupt
signal.signal(signal.SIGINT, late)
sys.path[:0] = [{str(ROOT)!r}]
from dtemplates.tools.processes import run
say = lambda text: print(text, flush=True)
try:
    done = run(tuple(sys.argv[2:]), each_line=lambda stream, text: say(text), grace=(30.0, 30.0))
    say(f"code {{done.code}}")
except KeyboardInterrupt:
    say("interrupted")
"""
# Ends its work when it is interrupted, and tells how often it was.
WORKER = """
import os, signal, sys, time
times = []
signal.signal(signal.SIGINT, lambda number, frame: times.append(number))
print("ready", os.getpid(), os.getpgid(0) == os.getpgid(os.getppid()), flush=True)
while not times:
    time.sleep(0.005)
time.sleep(0.2)
print("work ended after", len(times), flush=True)
"""


@dataclass
class Started:
    """A parent of a program, its output as it comes, and its terminal."""

    process: subprocess.Popen[bytes]
    terminal: int

    def line(self) -> str:
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], LONG)
        assert ready, "nothing came"
        return self.process.stdout.readline().decode().rstrip("\n")

    def rest(self) -> tuple[int, list[str]]:
        stdout, _ = self.process.communicate(timeout=LONG)
        return self.process.returncode, stdout.decode().splitlines()


@pytest.fixture
def start() -> Iterator[Callable[..., Started]]:
    made: list[Started] = []
    ends: list[int] = []

    def start(code: str, *, terminal: bool) -> Started:
        ours, theirs = os.openpty()
        ends.extend((ours, theirs))
        process = subprocess.Popen(
            [
                sys.executable,
                "-ISc",
                PARENT,
                os.ttyname(theirs) if terminal else "-",
                *python(code),
            ],
            bufsize=0,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        made.append(Started(process, ours))
        return made[-1]

    yield start
    for one in made:
        one.process.kill()
        one.process.communicate()
    for end in ends:
        os.close(end)


def test_an_interrupt_reaches_the_program_first(start: Callable[..., Started]) -> None:
    parent = start(WORKER, terminal=False)
    _, process, with_us = parent.line().split()
    assert with_us == "False"
    parent.process.send_signal(signal.SIGINT)
    assert parent.rest() == (0, ["work ended after 1", "interrupted"])
    assert not is_there(int(process))


def test_who_interrupts_again_need_not_wait(start: Callable[..., Started]) -> None:
    # It takes no notice of interrupts, and its grace would last for half a minute.
    stubborn = STUBBORN.replace("sys.argv[1:]", "['SIGINT']").replace(
        "while True:", "import os\nprint(os.getpid(), flush=True)\nwhile True:"
    )
    parent = start(stubborn, terminal=False)
    assert parent.line() == "ready"
    process = int(parent.line())
    parent.process.send_signal(signal.SIGINT)
    ended = threading.Event()

    def again() -> None:
        while not ended.wait(0.1) and parent.process.poll() is None:
            parent.process.send_signal(signal.SIGINT)

    thread = threading.Thread(target=again)
    thread.start()
    try:
        first = parent.line()
    finally:
        ended.set()
        thread.join()
    assert first in ("got SIGTERM", "interrupted")
    parent.rest()
    assert not is_there(process)


def test_an_interrupt_is_not_lost_where_time_is_up_already(clock: Clock) -> None:
    code = """
import os, signal
signal.signal(signal.SIGINT, lambda number, frame: print("noted", flush=True))
print(os.getpid(), flush=True)
while True:
    signal.pause()
"""
    told: list[str] = []

    def each_line(stream: Stream, text: str) -> None:
        clock.each_line(stream, text)
        told.append(text)
        if text == "noted":
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(python(code), timeout=LONG, grace=(LONG, LONG), each_line=each_line)
    assert not is_there(int(told[0]))


def test_at_a_terminal_ctrl_c_comes_once(start: Callable[..., Started]) -> None:
    parent = start(WORKER, terminal=True)
    _, process, with_us = parent.line().split()
    assert with_us == "True"
    os.write(parent.terminal, b"\x03")
    assert parent.rest() == (0, ["work ended after 1", "interrupted"])
    assert not is_there(int(process))


def test_at_a_terminal_it_can_ask(start: Callable[..., Started]) -> None:
    code = "import sys; print('code?', flush=True); print('got', sys.stdin.readline().strip())"
    parent = start(code, terminal=True)
    assert parent.line() == "code?"
    os.write(parent.terminal, b"123456\n")
    assert parent.rest() == (0, ["got 123456", "code 0"])
