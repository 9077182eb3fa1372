"""How far the work on thousands of manifests is: a bar on stderr, if it takes over a second."""

from __future__ import annotations

import os
import sys
from threading import Lock, Timer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from types import TracebackType

    from rich.console import RenderableType
    from rich.live import Live

_WIDTH = 40


class Bar:
    """A bar that is there as long as this context manager is entered, from a second on.

    Where stderr is no terminal, or one that can move no cursor, there is none.
    """

    def __init__(self, what: str, *, after: float = 1) -> None:
        self._what, self._done, self._total = what, 0, 0
        self._timer = Timer(after, self._show)
        self._timer.daemon = True
        self._lock, self._closed = Lock(), False
        self._live: Live | None = None

    def __enter__(self) -> Bar:
        if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
            self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._closed = True
            if self._live:
                self._live.stop()

    def rendering(self, items: Collection[Any]) -> Iterator[Any]:
        """Yield the items again, and show how many have been rendered."""
        return self._through("rendering", items)

    def validating(self, items: Collection[Any]) -> Iterator[Any]:
        """Yield the items again, and show how many have been validated."""
        return self._through("validating", items)

    def _through(self, what: str, items: Collection[Any]) -> Iterator[Any]:
        self._what, self._done, self._total = what, 0, len(items)
        for item in items:
            yield item
            self._done += 1

    def _show(self) -> None:
        """Begin to draw; another thread does that, as long as this one's work goes on."""
        from rich.console import Console
        from rich.live import Live

        console = Console(stderr=True, highlight=False)
        live = Live(
            get_renderable=self._line, console=console, refresh_per_second=8, transient=True
        )
        with self._lock:
            if not self._closed:
                live.start()
                self._live = live

    def _line(self) -> RenderableType:
        from rich.progress_bar import ProgressBar
        from rich.table import Table

        row = Table.grid(padding=(0, 1))
        # What has no number is under way: the bar moves to and fro.
        bar = ProgressBar(self._total or None, self._done, width=_WIDTH)
        row.add_row(self._what, bar, f"{self._done}/{self._total}" if self._total else "")
        return row
