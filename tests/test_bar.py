"""The bar of a long work: at a terminal after a while, and nowhere else."""

from __future__ import annotations

import io
import re
import threading

import pytest

from dtemplates.cli.bar import Bar

# What a terminal is told beside text.
STEERING = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Screen(io.StringIO):
    """Stderr that may be a terminal, and tells when something stands on it."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal
        self.written = threading.Event()
        self.wanted = ""

    def isatty(self) -> bool:
        return self._terminal

    def write(self, text: str) -> int:
        count = super().write(text)
        if self.wanted and self.wanted in STEERING.sub("", self.getvalue()):
            self.written.set()
        return count

    def shows(self, text: str) -> bool:
        """Wait until a text was written."""
        self.wanted = text
        self.write("")
        return self.written.wait(30)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"COLUMNS": "80", "TERM": "xterm-256color"}.items():
        monkeypatch.setenv(name, value)


def test_a_long_work_has_a_bar_that_goes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(terminal=True)
    monkeypatch.setattr("sys.stderr", screen)
    with Bar("reading settings", after=0) as bar:
        assert screen.shows("reading settings")
        screen.written.clear()
        for number, _ in enumerate(bar.rendering(["a", "b", "c"])):
            if number == 2:
                assert screen.shows("2/3")
        screen.written.clear()
        for _ in bar.validating(["a", "b", "c", "d"]):
            assert screen.shows("validating")
    # The last that is written takes the line away, and gives the cursor back.
    assert screen.getvalue().rstrip("\n").endswith("\x1b[2K")
    assert screen.getvalue().count("\x1b[?25l") == screen.getvalue().count("\x1b[?25h") == 1


@pytest.mark.parametrize(("terminal", "term"), [(False, "xterm"), (True, "dumb")])
def test_a_log_has_none(terminal: bool, term: str, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(terminal=terminal)
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", term)
    before = threading.active_count()
    with Bar("reading settings", after=0) as bar:
        assert threading.active_count() == before
        assert list(bar.rendering([1, 2])) == [1, 2]
    assert screen.getvalue() == ""


def test_a_short_work_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(terminal=True)
    monkeypatch.setattr("sys.stderr", screen)
    with Bar("reading settings", after=3600) as bar:
        assert list(bar.validating([1, 2])) == [1, 2]
    assert screen.getvalue() == ""


def test_an_error_comes_through_and_takes_the_bar_away(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(terminal=True)
    monkeypatch.setattr("sys.stderr", screen)

    def interrupted() -> None:
        with Bar("reading settings", after=0):
            assert screen.shows("reading settings")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert screen.getvalue().count("\x1b[?25h") == 1
