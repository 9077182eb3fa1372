"""`dtemplates render`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dtemplates.cli import options, show
from dtemplates.cli.bar import Bar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dtemplates.findings import Finding
    from dtemplates.manifests import Manifests, Pending
    from dtemplates.settings.root import Settings


def render(
    settings: options.SettingsFile = options.DEFAULT,
    overrides: options.Overrides = None,
    example: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Render a bundled example instead of settings; `list` names them."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="Write files into this folder instead of one stream to stdout.",
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN", help="Only these files, such as pv_fsx or 'jobs/*'. May be repeated."
        ),
    ] = None,
    listed: Annotated[
        bool,
        typer.Option(
            "--list", help="Print the names of the files, one a line; nothing is rendered."
        ),
    ] = False,
    templates: options.Templates = None,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite", help="Replace files in the folder that were edited or made by others."
        ),
    ] = False,
    allow_invalid: Annotated[
        bool,
        typer.Option(
            "--allow-invalid", help="Write the manifests even where they do not validate."
        ),
    ] = False,
) -> None:
    """Render all manifests, validate them, and print or write them."""
    from dtemplates import rendering, resources, validation

    if listed and output is not None:
        raise typer.BadParameter("names are printed, and not written", param_hint="--list")
    if example == "list":
        typer.echo("\n".join(resources.examples()))
        return
    if example and settings != options.DEFAULT:
        raise typer.BadParameter("an example has settings of its own", param_hint="--settings")
    with Bar("reading settings") as bar:
        source = _example(example, overrides) if example else options.load(settings, overrides)
        if not listed:
            rendered = rendering.render(source, templates=templates, track=bar.rendering)
            findings = validation.validate(rendered, track=bar.validating)
    if listed:
        _list(source, only, templates)
        return
    _tell(rendered, findings, allow_invalid=allow_invalid)
    chosen = rendered.select(only) if only else rendered
    if output is None:
        typer.echo(chosen.text.encode(), nl=False)
    else:
        _write(chosen, output, overwrite=overwrite, partial=bool(only))
    _note(chosen.pending)


def _list(source: Settings, only: list[str] | None, templates: Path | None) -> None:
    from dtemplates.names import names

    found = names(source, templates=templates)
    chosen = found.select(only) if only else found
    lines = "".join(f"{options.printable(file)}\n" for file in chosen.files)
    typer.echo(lines.encode(), nl=False)
    _note(chosen.pending)


def _note(pending: Iterable[Pending]) -> None:
    for one in pending:
        typer.echo(f"note: {one}", err=True)


def _example(name: str, overrides: list[str] | None) -> Settings:
    from dtemplates import resources
    from dtemplates.settings.load import parse
    from dtemplates.suggestions import did_you_mean

    names = resources.examples()
    if name not in names:
        hint = did_you_mean(name, names) or f"one of {', '.join(names)}"
        raise typer.BadParameter(f"there is no example {name!r}: {hint}", param_hint="--example")
    return parse(resources.example(name), name=f"{name}.yaml", overrides=overrides or ())


def _tell(rendered: Manifests, found: list[Finding], *, allow_invalid: bool) -> None:
    from dtemplates import kinds
    from dtemplates.errors import InvalidManifests
    from dtemplates.findings import reaches

    if not allow_invalid and reaches(found):
        raise InvalidManifests(found)
    show.findings(found, to_stderr=True)
    if rendered.kubernetes_version and (note := kinds.note(rendered.kubernetes_version)):
        typer.echo(f"note: {note}", err=True)


def _write(chosen: Manifests, output: Path, *, overwrite: bool, partial: bool) -> None:
    from dtemplates.manifests import write

    with Bar("writing files"):
        written = write(chosen, output, overwrite=overwrite, partial=partial)
    counts = {
        "created": written.created,
        "updated": written.updated,
        "removed": written.removed,
        "unchanged": written.unchanged,
    }
    said = ", ".join(f"{len(files)} {word}" for word, files in counts.items() if files)
    typer.echo(f"{options.printable(output)}: {said or 'nothing to write'}", err=True)
    for file in written.kept:
        typer.echo(f"note: {file} is no longer rendered; it was edited, so it stays", err=True)
