"""`dtemplates status`."""

from __future__ import annotations

import json
import time
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from dtemplates.cli import options

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dtemplates.overview.rows import Mood, Overview

_STYLES: dict[Mood, str] = {
    "well": "green",
    "coming": "yellow",
    "ill": "red",
    "absent": "dim",
    "unknown": "magenta",
}
# Seconds between two looks of --watch.
_EVERY = 10.0


class Format(str, Enum):
    """How the status is printed."""

    text = "text"
    json = "json"


def status(
    settings: options.SettingsFile = options.DEFAULT,
    overrides: options.Overrides = None,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Look again every 10 s, until interrupted.")
    ] = False,
    format: Annotated[Format, typer.Option(help="A table, or json.")] = Format.text,
    templates: options.Templates = None,
    kubeconfig: options.Kubeconfig = None,
) -> None:
    """Show how everything stands.

    It tells what to do next, and what costs money.
    """
    from dtemplates.operation.applying import Options
    from dtemplates.overview.status import status as look

    given = options.load(settings, overrides)
    chosen = Options(templates, kubeconfig)
    while True:
        found = look(given, options=chosen)
        _show(found, format, clear=watch)
        if not watch:
            return
        time.sleep(_EVERY)


def _show(found: Overview, format: Format, *, clear: bool) -> None:
    if format is Format.json:
        typer.echo(json.dumps(found.as_plain(), indent=2))
        return
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        # Whoever reads a file or a pipe wants whole lines.
        console = Console(highlight=False, markup=False, width=200)
    elif clear:
        console.clear()
    console.print(_table(found))
    for title, lines in (("next", found.next), ("costs", found.costs)):
        for line in lines:
            console.print(f"{title}: {line}")


def _table(found: Overview) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    from dtemplates.cli.progress import duration

    table = Table(box=None, pad_edge=False, title_justify="left")
    for title in ("", "name", "state", "ready", "age", ""):
        table.add_column(title, overflow="fold")
    told: set[str] = set()
    for row in found.rows:
        # One cause that hides several things is told once.
        details = "" if row.mood == "unknown" and row.details in told else row.details
        told.add(row.details)
        age = "" if row.age is None else duration(row.age)
        state = Text(row.state, style=_STYLES[row.mood])
        cells = (row.kind, Text(row.name), state, row.counted, age, Text(details))
        table.add_row(*cells)
    return table
