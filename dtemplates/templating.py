"""A template and its context in, text out."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined, TemplateNotFound, TemplateSyntaxError
from jinja2.loaders import FunctionLoader
from jinja2.sandbox import ImmutableSandboxedEnvironment

from dtemplates import resources
from dtemplates.compiled_templates import kept
from dtemplates.errors import DTemplatesError, InputError, TemplateError
from dtemplates.files import TEMPLATE_LIMIT, read
from dtemplates.findings import TEMPLATE, Finding
from dtemplates.template_rules import RAW_FILTERS, broken_rules
from dtemplates.yaml_syntax import decode
from dtemplates.yaml_writer import scalar, toyaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jinja2 import Environment

    Source = tuple[str, str, None]

SUFFIX = ".j2"


class Renderer:
    """The bundled templates, and over them those of a user's folder, compiled once each.

    Raises `InputError` for a folder that is none.
    """

    def __init__(self, folder: Path | None = None) -> None:
        if folder is not None and not folder.is_dir():
            raise InputError([Finding("there is no such folder", file=str(folder))])
        self._folder = folder
        self._environment = _bundled() if folder is None else _over_bundled(folder)

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

    def is_own(self, template: str) -> bool:
        """Return whether a template is the user's, in place of a bundled one or beside them."""
        return self._folder is not None and self._folder.joinpath(*template.split("/")).is_file()

    def text(self, template: str, context: dict[str, Any]) -> str:
        """Return what the template makes of the context, ending in a newline.

        Raises `TemplateError`, and `InputError` for a template that cannot be read.
        """
        try:
            text = self._environment.get_template(template).render(context)
        except DTemplatesError:
            raise
        except TemplateSyntaxError as error:
            place = error.filename or error.name or template
            raise _error(place, error.lineno, error.message or "") from error
        except TemplateNotFound as error:
            raise _error(template, None, f"there is no template {error.name}") from error
        except Exception as error:
            # Templates are a user's program: whatever they raise is theirs to mend, at their line.
            place, line = _line(template)
            if line is None and self._folder is None:
                raise
            raise _error(place, line, str(error) or type(error).__name__) from error
        return text if text.endswith("\n") else f"{text}\n"


@cache
def _bundled() -> Environment:
    environment = _make(_read_bundled)
    environment.bytecode_cache = kept()
    return environment


def _over_bundled(folder: Path) -> Environment:
    """Return an environment in which a user's templates come first, and keep to the rules."""

    def read_either(name: str) -> Source | None:
        path = folder.joinpath(*name.split("/"))
        if not (path.is_file() and path.resolve().is_relative_to(folder.resolve())):
            return _read_bundled(name)
        text = decode(read(path, limit=TEMPLATE_LIMIT), str(path))
        broken = broken_rules(environment.parse(text, filename=str(path)))
        if findings := [Finding(words, str(path), line, id=TEMPLATE) for line, words in broken]:
            raise TemplateError(findings)
        return text, str(path), None

    environment = _make(read_either)
    return environment


def _make(reader: Callable[[str], Source | None]) -> Environment:
    environment = ImmutableSandboxedEnvironment(
        loader=FunctionLoader(reader),
        undefined=StrictUndefined,
        finalize=scalar,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    for name in RAW_FILTERS:
        del environment.filters[name]
    environment.filters["toyaml"] = toyaml
    return environment


def _read_bundled(name: str) -> Source | None:
    entry = resources.folder("templates")
    for part in name.split("/"):
        if part in ("", ".", ".."):
            return None
        entry = entry / part
    if not entry.is_file():
        return None
    return entry.read_text(encoding="utf-8"), f"templates/{name}", None


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
    return TemplateError([Finding(message, file=place, line=line, id=TEMPLATE)])
