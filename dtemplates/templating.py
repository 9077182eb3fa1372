"""A template and its context in, text out."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined, TemplateNotFound, TemplateSyntaxError
from jinja2.loaders import FunctionLoader
from jinja2.sandbox import ImmutableSandboxedEnvironment

from dtemplates import resources
from dtemplates.errors import TemplateError
from dtemplates.findings import Finding
from dtemplates.yaml_writer import scalar, toyaml

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from jinja2 import Environment

SUFFIX = ".j2"


class Renderer:
    """The bundled templates, and over them those of a user's folder, compiled once each."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._environment = _environment(folder)

    def additions(self) -> list[str]:
        """Return the user's templates that replace no bundled one and are no part (`_…`) either."""
        if self._folder is None:
            return []
        names = (
            path.relative_to(self._folder).as_posix()
            for path in self._folder.rglob(f"*{SUFFIX}")
            if path.is_file() and not path.name.startswith("_")
        )
        return sorted(name for name in names if _read_bundled(name) is None)

    def text(self, template: str, context: dict[str, Any]) -> str:
        """Return what the template makes of the context. Raises `TemplateError`."""
        try:
            text = self._environment.get_template(template).render(context)
        except TemplateSyntaxError as error:
            place = error.filename or error.name or template
            raise _error(place, error.lineno, error.message or "") from error
        except TemplateNotFound as error:
            raise _error(template, None, f"there is no template {error.name}") from error
        except Exception as error:
            # Templates are a user's program: whatever they raise is theirs to mend, at their line.
            place, line = _line(template)
            if line is None:
                raise
            raise _error(place, line, str(error) or type(error).__name__) from error
        return text


@cache
def _bundled() -> Environment:
    return _make(_read_bundled)


def _environment(folder: Path | None) -> Environment:
    if folder is None:
        return _bundled()

    def read(name: str) -> tuple[str, str, None] | None:
        path = folder.joinpath(*name.split("/"))
        if path.is_file() and path.resolve().is_relative_to(folder.resolve()):
            return path.read_text(encoding="utf-8"), str(path), None
        return _read_bundled(name)

    return _make(read)


def _make(read: Any) -> Environment:
    environment = ImmutableSandboxedEnvironment(
        loader=FunctionLoader(read),
        undefined=StrictUndefined,
        finalize=scalar,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["toyaml"] = toyaml
    return environment


def _read_bundled(name: str) -> tuple[str, str, None] | None:
    entry: Traversable = resources.folder("templates")
    for part in name.split("/"):
        if part in ("", ".", ".."):
            return None
        entry = entry / part
    return (
        (entry.read_text(encoding="utf-8"), f"templates/{name}", None) if entry.is_file() else None
    )


def _line(template: str) -> tuple[str, int | None]:
    """Return the template's file and line of the exception that is being handled."""
    place: tuple[str, int | None] = (template, None)
    traceback = sys.exc_info()[2]
    while traceback is not None:
        filename = traceback.tb_frame.f_code.co_filename
        if filename.endswith(SUFFIX):
            place = (filename, traceback.tb_lineno)
        traceback = traceback.tb_next
    return place


def _error(place: str, line: int | None, message: str) -> TemplateError:
    return TemplateError([Finding(message, file=place, line=line)])
