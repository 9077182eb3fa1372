"""What a person sees while steps are carried out, at a terminal and in a log."""

from __future__ import annotations

import io
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from dtemplates.cli import failure, progress
from dtemplates.cli.progress import Progress, duration
from dtemplates.operation.events import (
    CommandStarted,
    Event,
    Line,
    Outcome,
    StepEnded,
    StepStarted,
    Waiting,
)
from dtemplates.operation.failures import Cause, StepFailed
from dtemplates.planning.step import Step, command

CREATE = command("eksctl", "create", "cluster", "-f", "cluster_config.yaml")
CLUSTER = Step("cluster", "storage", "create the cluster demo", CREATE, usual=900)
CLAIM = Step("pvc_fsx", "storage", "apply the claim fsx", usual=0)
# Whatever a tool prints that would steer the terminal.
EVIL = "\x1b[2J\x1b]0;title\x07a\rb\x08c\x9b31md\u202ee\x00"
HARMLESS = r"\x1b[2J\x1b]0;title\x07a\rb\x08c\x9b31md\u202ee\x00"
WIDTH = 100


class Clock:
    """Time that passes only when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"COLUMNS": str(WIDTH), "LINES": "30", "TERM": "xterm-256color"}.items():
        monkeypatch.setenv(name, value)


class Terminal:
    """A terminal, as far as is needed to know what stands on it."""

    def __init__(self) -> None:
        self._ours, theirs = os.openpty()
        self.file = os.fdopen(theirs, "w", encoding="utf-8")
        self._chunks: list[bytes] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                chunk = os.read(self._ours, 65536)
            except OSError:
                return  # The other end is closed.
            if not chunk:
                return
            self._chunks.append(chunk)

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        before, sys.stderr = sys.stderr, self.file
        try:
            with Progress() as shown:
                yield shown
        finally:
            sys.stderr = before

    def close(self) -> None:
        if not self.file.closed:
            self.file.close()
            self._reader.join()
            os.close(self._ours)

    def written(self) -> str:
        """All that was written, once there is nothing more to come."""
        self.close()
        return b"".join(self._chunks).decode()

    def screen(self, until: str | None = None) -> list[str]:
        """The lines that stand there: in the end, or when this was last written."""
        text = self.written()
        if until is not None:
            text = text[: text.rindex(until) + len(until)]
        rows, row, column = [""], 0, 0
        for part in re.findall(r"\x1b\[[?\d;]*[A-Za-z]|[\s\S]", text):
            if part == "\n":
                row, column = row + 1, 0
                rows += [""] * (row + 1 - len(rows))
            elif part == "\r":
                column = 0
            elif part == "\x1b[2K":
                rows[row] = ""
            elif part.startswith("\x1b[") and part.endswith("A"):
                row -= int(part[2:-1] or 1)
            elif part.startswith("\x1b["):
                assert part[-1] in "mlh", f"what is {part!r}?"
            else:
                assert part.isprintable(), f"{part!r} came to the terminal"
                rows[row] = rows[row][:column].ljust(column) + part + rows[row][column + 1 :]
                column += 1
        return "\n".join(one.rstrip() for one in rows).rstrip("\n").split("\n")


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.close()


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """What these events print where there is no terminal."""

    def log(*events: Event) -> str:
        file = io.StringIO()
        monkeypatch.setattr(sys, "stderr", file)
        with Progress() as shown:
            for event in events:
                shown(event)
        return file.getvalue()

    return log


RUN: tuple[Event, ...] = (
    StepStarted(CLUSTER, 1, 2),
    CommandStarted(CREATE),
    Line('[ℹ]  building cluster stack "eksctl-demo-cluster" [bold]x[/bold] :smile:'),
    StepEnded(CLUSTER, "done", 1021.0),
    StepStarted(CLAIM, 2, 2),
    Waiting("pvc fsx to be bound: Pending"),
    StepEnded(CLAIM, "failed", 75.0),
)


# Where there is no terminal


def test_a_log_has_plain_lines(log: Callable[..., str]) -> None:
    assert log(*RUN).splitlines() == [
        "[1/2] cluster: create the cluster demo, usually 15 min",
        "  + eksctl create cluster -f cluster_config.yaml",
        '    [ℹ]  building cluster stack "eksctl-demo-cluster" [bold]x[/bold] :smile:',
        "[1/2] cluster: done after 17 min",
        "[2/2] pvc_fsx: apply the claim fsx",
        "    waiting for pvc fsx to be bound: Pending",
        "[2/2] pvc_fsx: failed after 75 s",
    ]


def test_lines_of_a_log_are_left_whole(log: Callable[..., str]) -> None:
    assert log(Line("word " * 100)).splitlines() == ["    " + "word " * 100]


def test_no_line_moves_in_a_log_of_colours(
    log: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where logs are shown in colours, as CI does, they are lines nevertheless.
    monkeypatch.setenv("FORCE_COLOR", "1")
    text = log(*RUN)
    assert "\x1b[32m" in text
    assert set(re.findall(r"\x1b\[[\d;?]*([A-Za-z])", text)) == {"m"}
    assert len(text.splitlines()) == 7


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("done", "cluster: done after 3 s"),
        ("failed", "cluster: failed after 3 s"),
        ("interrupted", "cluster: interrupted after 3 s"),
        ("already done", "cluster: already done"),
        ("not there", "cluster: not there"),
    ],
)
def test_each_outcome_is_told(outcome: Outcome, words: str, log: Callable[..., str]) -> None:
    told = log(StepStarted(CLUSTER, 1, 1), StepEnded(CLUSTER, outcome, 3.0)).splitlines()
    assert told[-1] == f"[1/1] {words}"


# At a terminal


def test_the_last_line_has_step_time_and_usual_time(terminal: Terminal, clock: Clock) -> None:
    with terminal.progress() as shown:
        shown(StepStarted(CLUSTER, 1, 2))
        shown(CommandStarted(CREATE))
        clock.now += 200
        shown(Line("working"))
    heading = "[1/2] cluster: create the cluster demo"
    last = f"{heading} — 3 min, usually 15 min"
    assert terminal.screen(until=last) == [
        heading,
        "  + eksctl create cluster -f cluster_config.yaml",
        "    working",
        last,
    ]


def test_it_tells_what_it_waits_for(terminal: Terminal, clock: Clock) -> None:
    with terminal.progress() as shown:
        shown(StepStarted(CLAIM, 2, 2))
        shown(Waiting("pvc fsx to be bound"))
        clock.now += 5
        shown(Line("x"))
    last = "[2/2] pvc_fsx: apply the claim fsx — 5 s — waiting for pvc fsx to be bound"
    assert terminal.screen(until=last)[-1] == last


def test_what_it_waited_for_is_forgotten(terminal: Terminal, clock: Clock) -> None:
    with terminal.progress() as shown:
        shown(StepStarted(CLAIM, 1, 2))
        shown(Waiting("something"))
        shown(StepEnded(CLAIM, "done", 1.0))
        shown(StepStarted(CLUSTER, 2, 2))
        shown(Line("x"))
    last = "[2/2] cluster: create the cluster demo — 0 s, usually 15 min"
    assert terminal.screen(until=last)[-1] == last


def test_a_long_last_line_stays_on_one(terminal: Terminal, clock: Clock) -> None:
    with terminal.progress() as shown:
        shown(StepStarted(CLAIM, 1, 1))
        shown(Waiting("word " * 100))
        shown(Line("x"))
        shown(Line("y"))
    rows = terminal.screen(until="…")
    assert [len(row) <= WIDTH for row in rows] == [True] * len(rows)
    assert rows[-1].startswith("[1/1] pvc_fsx: apply the claim fsx")
    assert rows[-1].endswith("…")


def test_in_the_end_only_lines_are_left(terminal: Terminal) -> None:
    with terminal.progress() as shown:
        for event in RUN:
            shown(event)
    assert terminal.screen() == [
        "[1/2] cluster: create the cluster demo",
        "  + eksctl create cluster -f cluster_config.yaml",
        '    [ℹ]  building cluster stack "eksctl-demo-cluster" [bold]x[/bold] :smile:',
        "[1/2] cluster: done after 17 min",
        "[2/2] pvc_fsx: failed after 75 s",
    ]
    # The cursor is there again.
    assert terminal.written().rindex("\x1b[?25h") > terminal.written().rindex("\x1b[?25l")


def test_an_error_leaves_the_terminal_in_order(terminal: Terminal) -> None:
    def carry_out() -> None:
        with terminal.progress() as shown:
            shown(StepStarted(CLUSTER, 1, 1))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carry_out()
    assert terminal.screen() == [""]
    assert terminal.written().rindex("\x1b[?25h") > terminal.written().rindex("\x1b[?25l")


@pytest.mark.parametrize(("refused", "colours"), [("", True), ("1", False)])
def test_outcomes_have_colours_unless_those_are_refused(
    refused: str, colours: bool, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", refused)
    with terminal.progress() as shown:
        for event in RUN:
            shown(event)
    found = re.findall(r"\x1b\[([\d;]*)m", terminal.written())
    codes = {code for one in found for code in one.split(";")}
    # Bold and dim are no colours.
    assert bool(codes - {"", "0", "1", "2"}) == colours


def test_a_terminal_that_cannot_move_gets_lines(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    with terminal.progress() as shown:
        for event in RUN:
            shown(event)
    text = terminal.written()
    assert "\x1b" not in text
    assert len(text.splitlines()) == 7


# Whatever tools say


def steered(step: Step) -> tuple[Event, ...]:
    return (
        StepStarted(step, 1, 1),
        Waiting(f"events: {EVIL}"),
        CommandStarted(command("kubectl", "apply", EVIL)),
        Line(EVIL),
        Waiting(f"events: {EVIL}"),
        Line("x"),
        StepEnded(step, "done", 1.0),
    )


def test_no_tool_steers_the_terminal(terminal: Terminal) -> None:
    with terminal.progress() as shown:
        for event in steered(Step("a", "storage", f"do {EVIL}")):
            shown(event)
    rows = terminal.screen()
    assert f"    {HARMLESS}" in rows
    assert rows[-1] == "[1/1] a: done after 1 s"


def test_no_tool_steers_who_reads_the_log(log: Callable[..., str]) -> None:
    text = log(*steered(Step("a", "storage", f"do {EVIL}")))
    assert all(char.isprintable() or char == "\n" for char in text)
    assert f"    {HARMLESS}\n" in text


# Durations


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (0.6, "1 s"),
        (45, "45 s"),
        (89, "89 s"),
        (89.6, "90 s"),
        (90, "2 min"),
        (60 * 18 + 20, "18 min"),
        (60 * 18 + 40, "19 min"),
        (60 * 89 + 20, "89 min"),
        (60 * 90, "1 h 30 min"),
        (60 * 119 + 45, "2 h"),
        (60 * 125, "2 h 5 min"),
        (60 * 60 * 30, "30 h"),
    ],
)
def test_durations_are_said_as_people_do(seconds: float, words: str) -> None:
    assert duration(seconds) == words


# What is told of a failure


def failed(cause: Cause, **more: tuple[str, ...]) -> StepFailed:
    return StepFailed(
        CLUSTER, cause, more.get("done", ()), more.get("left", ()), ".dtemplates/demo/logs/x.log"
    )


def test_a_failure_is_told_with_all_there_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["/x/dtemplates", "apply", "--set", "jobs.a.command=[a b]"])
    cause = Cause("eksctl failed with exit code 1", "renew it", CREATE, 1, ("one", "two"))
    failure.tell(failed(cause, done=("a", "b"), left=("nodegroups", "kubeconfig")))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "",
        "error: step cluster: eksctl failed with exit code 1",
        "  command:  eksctl create cluster -f cluster_config.yaml (exit code 1)",
        "  it said:  one",
        "  it said:  two",
        "  to do:    renew it",
        "  done:     a, b",
        "  not done: cluster, nodegroups, kubeconfig",
        "  log:      .dtemplates/demo/logs/x.log",
        "  go on by: dtemplates apply --set 'jobs.a.command=[a b]'",
    ]


def test_what_is_not_known_of_a_failure_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    failure.tell(failed(Cause("a: first\nb: second")))
    told = capsys.readouterr().err.splitlines()
    assert told[:5] == [
        "",
        "error: step cluster: a: first",
        "  b: second",
        "  done:     nothing",
        "  not done: cluster",
    ]


def test_a_failure_steers_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    failure.tell(failed(Cause(f"bad {EVIL}", EVIL, command("a", EVIL), 1, (EVIL,)), done=(EVIL,)))
    err = capsys.readouterr().err
    assert all(char.isprintable() or char == "\n" for char in err)
    assert err.count(HARMLESS) == 5
