"""The settings file in, `Settings` out, or every problem with it at once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from dtemplates.errors import SettingsError
from dtemplates.files import SETTINGS_LIMIT, START, display_name, read
from dtemplates.findings import HALF, SETTINGS, Finding, Path
from dtemplates.folding import folded
from dtemplates.settings import overrides as overriding
from dtemplates.settings.checks import check
from dtemplates.settings.matrix import expand
from dtemplates.settings.repair import Repair
from dtemplates.settings.root import Settings
from dtemplates.settings.source import Source
from dtemplates.settings.wording import paths, word
from dtemplates.yaml_reader import YamlText, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path as FilePath

    from pydantic_core import ErrorDetails

# More mistakes than this are of one cause, and to list them helps nobody. In the jobs of a matrix
# each counts once, but to mend more than the second number of them takes too long.
_MOST, _MOST_IN_JOBS = 200, 2_000


def load(path: str | FilePath = "dtemplates.yaml", *, overrides: Iterable[str] = ()) -> Settings:
    """Return the settings that a file holds, each `setting=value` of `overrides` set over it.

    Raises `InputError` where the file cannot be read, and `SettingsError` with a finding for every
    unknown key, duplicate key, wrong type and impossible value in it.
    """
    content = read(path, limit=SETTINGS_LIMIT, remedy=START)
    return parse(content, name=display_name(path), overrides=overrides)


def parse(text: str | bytes, *, name: str = "settings", overrides: Iterable[str] = ()) -> Settings:
    """Return the settings that a text holds; `name` is how messages call it. Raises as `load`."""
    return from_yaml(read_yaml(text, name), overrides)


def from_yaml(yaml: YamlText, overrides: Iterable[str] = ()) -> Settings:
    """Return the settings that a text holds which was read already. Raises as `load`."""
    if len(yaml.documents) != 1 or not isinstance(yaml.documents[0], dict):
        raise SettingsError([_no_mapping(yaml)])
    document, origins = overriding.apply(yaml.documents[0], overrides)
    return _expanded(document, Source(yaml, origins), yaml.findings)


def build(document: Mapping[str, Any]) -> Settings:
    """Return the settings that plain values make, as a settings file would hold them.

    Raises `SettingsError`; its findings say which setting is wrong, but no line.
    """
    try:
        plain = json.loads(json.dumps(document))
        broken = list(_broken(document))
    except (TypeError, ValueError, RecursionError) as error:
        raise SettingsError(
            [Finding(f"is not made of plain values: {error}", "settings", id=SETTINGS)]
        ) from None
    if broken:
        raise SettingsError([Source().finding(path, "holds half a character") for path in broken])
    return _expanded(plain, Source(), ())


def _can_go_on(errors: list[ErrorDetails], repair: Repair, source: Source) -> bool:
    """Take what is wrong out, and return whether the rest can be checked by itself.

    Most checks depend on the stack, so that nothing is to be said of a stack that is none.
    """
    if len(errors) > _MOST_IN_JOBS:
        return False
    wrong = paths(errors, repair.document)
    if len({source.moved(repair.written(path)) for path in wrong}) > _MOST:
        return False
    return repair.take_out(wrong) and not repair.hides(("stack",))


def _broken(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield where text holds one half of a surrogate pair, which neither JSON nor YAML can hold."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _broken(key, path)
            yield from _broken(inner, (*path, key))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _broken(inner, (*path, number))
    elif isinstance(value, str) and HALF.search(value):
        yield path


def _no_mapping(yaml: YamlText) -> Finding:
    if not yaml.documents:
        return Finding(
            "holds no settings, only comments", file=yaml.name, remedy=START, id=SETTINGS
        )
    if len(yaml.documents) > 1:
        return Finding(
            f"holds {len(yaml.documents)} YAML documents; settings are one",
            file=yaml.name,
            remedy="remove the lines `---` between them",
            id=SETTINGS,
        )
    return Finding("is not a mapping of settings", yaml.name, 1, 1, remedy=START, id=SETTINGS)


def _expanded(document: Any, source: Source, problems: Sequence[Finding]) -> Settings:
    """Return the settings with each matrix made into jobs. Raises `SettingsError`."""
    expanded = expand(document)
    wrong = [source.finding(*problem) for problem in dict.fromkeys(expanded.problems)]
    moved = replace(source, moved=expanded.moved)
    return _settings(expanded.document, moved, [*problems, *wrong])


def _settings(document: Any, source: Source, problems: Sequence[Finding]) -> Settings:
    settings, errors = _validated(document)
    found = [*problems, *word(errors, document, source)]
    repair = Repair(document)
    checked = settings
    while checked is None and _can_go_on(errors, repair, source):
        checked, errors = _validated(repair.document)
    blamed: set[Path] = set()
    for problem in check(checked) if checked else ():
        path, *compared = (repair.written(path) for path in (problem.path, *problem.compared))
        hidden = any(repair.hides(other, below=True) for other in compared)
        # What follows from a mistake that is told already is no second one.
        hidden = hidden or not blamed.isdisjoint({*compared} - {path})
        if not hidden and not repair.hides(path):
            blamed.add(path)
            found.append(source.finding(path, problem.message, problem.remedy, id=problem.rule))
    if settings is None or found:
        in_order = sorted(dict.fromkeys(found), key=lambda one: (one.line or 0, one.column or 0))
        folds = folded(in_order)
        if len(folds) > _MOST:
            rest = f"{len(folds) - _MOST} more mistakes are not listed"
            in_order = [one for fold in folds[:_MOST] for one in fold.findings]
            in_order.append(Finding(rest, in_order[0].file, id=SETTINGS))
        raise SettingsError(in_order, _rest(checked, repair, source))
    settings._source, settings._is_sound = source, True
    return settings


def _rest(checked: Settings | None, repair: Repair, source: Source) -> Settings | None:
    """Return the settings without what makes them impossible; None where nothing is left."""
    while checked is not None:
        problems = [problem.path for problem in check(checked)]
        if not problems:
            checked._source, checked._is_sound = replace(source, repair=repair), True
            return checked
        if not repair.take_out(problems):
            return None
        checked, errors = _validated(repair.document)
        while checked is None and _can_go_on(errors, repair, source):
            checked, errors = _validated(repair.document)
    return None


def _validated(document: Any) -> tuple[Settings | None, list[ErrorDetails]]:
    try:
        # Strict JSON mode takes lists for tuples, and still turns no value into another.
        return Settings.model_validate_json(json.dumps(document)), []
    except ValidationError as error:
        return None, error.errors(include_url=False)
