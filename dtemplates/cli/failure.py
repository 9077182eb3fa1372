"""How a step that failed is told: words, command, exit code, what is done, and how to go on."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

import typer

from dtemplates.findings import printable

if TYPE_CHECKING:
    from dtemplates.operation.failures import StepFailed


def tell(error: StepFailed) -> None:
    """Print all that is known of the failure to stderr."""
    for line in _lines(error):
        typer.echo(printable(line), err=True)


def _lines(error: StepFailed) -> list[str]:
    cause = error.cause
    first, *rest = cause.message.split("\n")
    lines = ["", f"error: step {error.step.name}: {first}", *(f"  {line}" for line in rest)]
    if cause.command:
        code = f" (exit code {cause.code})" if cause.code is not None else ""
        lines.append(f"  command:  {cause.command}{code}")
    lines += [f"  it said:  {line}" for line in cause.words]
    if cause.remedy:
        lines.append(f"  to do:    {cause.remedy}")
    lines.append(f"  done:     {', '.join(error.done) or 'nothing'}")
    lines.append(f"  not done: {', '.join((error.step.name, *error.left))}")
    lines.append(f"  log:      {error.log}")
    lines.append(f"  go on by: {again()}")
    return lines


def again() -> str:
    """Return this command line, to be given once more."""
    return shlex.join(["dtemplates", *sys.argv[1:]])
