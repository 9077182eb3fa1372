"""`dtemplates cost`."""

from __future__ import annotations

import json
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from dtemplates.cli import options

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dtemplates.costs.figures import Cost
    from dtemplates.settings.root import Settings


class Format(str, Enum):
    """How costs are printed."""

    text = "text"
    json = "json"


def cost(
    settings: options.SettingsFile = options.DEFAULT,
    overrides: options.Overrides = None,
    on: Annotated[
        datetime | None,
        typer.Option(
            "--on",
            formats=["%Y-%m-%d"],
            metavar="DATE",
            help="The day that counts for EKS' support, such as 2026-12-02 (default: today).",
        ),
    ] = None,
    format: Annotated[Format, typer.Option(help="A table, or json.")] = Format.text,
) -> None:
    """Show what the settings cost per hour and per day.

    Each figure has its source and date; what is unknown says why, and is never a guess.
    """
    from dtemplates.costs import cost as reckon

    found = reckon(options.load(settings, overrides), today=on.date() if on else None)
    if format is Format.json:
        typer.echo(json.dumps(found.as_plain(), indent=2))
    else:
        _show(found)


def line(settings: Settings) -> str:
    """Return what the settings cost today, in the one line that other commands show."""
    from dtemplates.costs import cost as reckon

    return f"cost: {reckon(settings)} (dtemplates cost tells more)"


def _show(found: Cost) -> None:
    from rich.console import Console

    from dtemplates.costs.figures import NOT_COUNTED

    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        # Whoever reads a file or a pipe wants whole lines.
        console = Console(highlight=False, markup=False, width=200)
    console.print(_table(found))
    for item in found.items:
        if item.note:
            console.print(f"note: {item.note}")
    if found.unknown:
        console.print("unknown: `prices` in the settings can tell it")
    console.print(f"not counted: {', '.join(NOT_COUNTED)}")


def _table(found: Cost) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    from dtemplates.costs.figures import usd

    table = Table(box=None, pad_edge=False, title_justify="left")
    for title in ("", found.on.isoformat()):
        table.add_column(title, overflow="fold")
    for title in ("USD/h", "USD/day", "all nodes"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", overflow="fold")

    def figure(amount: float | None) -> Text:
        return Text(usd(amount), style="magenta" if amount is None else "")

    for item in found.items:
        figures = map(figure, (item.usd_per_hour, item.usd_per_day, item.most))
        source = item.basis if None not in (item.usd_per_hour, item.most) else item.why
        table.add_row(Text(item.name), Text(item.what), *figures, Text(source))
    figures = map(figure, (found.usd_per_hour, found.usd_per_day, found.most))
    partly = found.unknown and found.usd_per_hour is not None
    table.add_row("in all", "at least" if partly else "", *figures, "")
    return table
