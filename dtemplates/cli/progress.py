"""What a person sees while steps are carried out: the step, how long it takes, and what is said."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.text import Text

from dtemplates.findings import printable
from dtemplates.operation.events import CommandStarted, Line, StepEnded, StepStarted, Waiting

if TYPE_CHECKING:
    from dtemplates.operation.events import Event, Outcome
    from dtemplates.planning.step import Step

_STYLES: dict[Outcome, str] = {
    "done": "green",
    "already done": "dim",
    "failed": "red",
    "interrupted": "yellow",
    "not there": "dim",
}


class Progress:
    """Shows events on stderr; at a terminal a last line keeps the time of the step.

    It is a context manager: the line is there as long as it is entered.
    """

    def __init__(self) -> None:
        # Text of tools is text: no markup is looked for in it, and lines are left whole.
        self._console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
        self._live: Live | None = None
        self._step: StepStarted | None = None
        # Whether the step's heading stands among the lines; at a terminal the last line has it.
        self._headed = False
        self._started = 0.0
        self._waiting = ""

    def __enter__(self) -> Progress:
        # Colours may be forced upon a log; a line that moves may not.
        if self._console.file.isatty() and not self._console.is_dumb_terminal:
            self._live = Live(
                get_renderable=self._line,
                console=self._console,
                refresh_per_second=4,
                transient=True,
            )
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live:
            self._live.stop()

    def __call__(self, event: Event) -> None:
        """Show an event."""
        if isinstance(event, StepStarted):
            self._step, self._started, self._waiting = event, time.monotonic(), ""
            self._headed = not self._live
            if self._headed:
                self._print(f"{_heading(event)}{_usually(event.step)}")
        elif isinstance(event, CommandStarted):
            self._waiting = ""
            if self._step and not self._headed:
                self._print(_heading(self._step))
                self._headed = True
            self._print(f"  + {event.command}", "bold")
        elif isinstance(event, Line):
            self._print(f"    {event.text}")
        elif isinstance(event, Waiting):
            if not self._live and event.text != self._waiting:
                self._print(f"    waiting for {event.text}")
            self._waiting = event.text
        elif isinstance(event, StepEnded):
            self._ended(event)

    def _ended(self, event: StepEnded) -> None:
        began, self._step = self._step, None
        number = f"[{began.number}/{began.total}] " if began else ""
        idle = event.outcome in ("already done", "not there")
        took = "" if idle else f" after {duration(event.seconds)}"
        self._print(f"{number}{event.step.name}: {event.outcome}{took}", _STYLES[event.outcome])

    def _line(self) -> Text:
        """Return the last line: what goes on, for how long, and how long it usually takes.

        Another thread asks for it, while steps begin and end.
        """
        event = self._step
        if event is None:
            return Text("")
        elapsed = duration(time.monotonic() - self._started)
        text = f"{_heading(event)} — {elapsed}{_usually(event.step)}"
        if waiting := self._waiting:
            text += f" — waiting for {waiting}"
        return Text(printable(text), style="cyan", no_wrap=True, overflow="ellipsis", end="")

    def _print(self, text: str, style: str = "") -> None:
        self._console.print(Text(printable(text), style=style))


def _heading(event: StepStarted) -> str:
    return f"[{event.number}/{event.total}] {event.step.name}: {event.step.what}"


def _usually(step: Step) -> str:
    return f", usually {duration(step.usual)}" if step.usual else ""


def duration(seconds: float) -> str:
    """Return a duration as people say it: `45 s`, `18 min`, `1 h 5 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"
