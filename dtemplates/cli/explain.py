"""`dtemplates explain`."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer


class Format(str, Enum):
    """How rules are printed."""

    text = "text"
    json = "json"
    markdown = "markdown"


def explain(
    ids: Annotated[
        list[str] | None, typer.Argument(help="Ids such as DT201; all for none.", metavar="RULE")
    ] = None,
    format: Annotated[
        Format, typer.Option(help="text to read, json, or markdown: the page of all rules.")
    ] = Format.text,
) -> None:
    """Tell what a rule is, why, and what is wrong and right; without one, list all."""
    from dtemplates import explaining

    if format is Format.markdown and not ids:
        text = explaining.page()
    elif format is Format.json:
        text = explaining.as_json([explaining.topic(id) for id in ids or ()])
    elif ids:
        text = "\n".join(explaining.full(explaining.topic(id)) for id in ids)
    else:
        text = explaining.table()
    typer.echo(text.encode(), nl=False)
