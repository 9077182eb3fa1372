"""`dtemplates init`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from dtemplates.cli import options


class Stack(str, Enum):
    """The stacks that there are starters for."""

    current = "current"
    classic = "classic"


def init(
    path: Annotated[
        Path, typer.Argument(help="The settings file to write.", metavar="FILE")
    ] = Path("dtemplates.yaml"),
    stack: Annotated[Stack, typer.Option(help="The stack to start from.")] = Stack.current,
) -> None:
    """Write a settings file to start from.

    It has comments, and beside it lies the schema that editors check it by.
    """
    from dtemplates.starter import write_starter

    for written in write_starter(path, stack.value):
        typer.echo(f"{options.printable(written)}: written", err=True)
