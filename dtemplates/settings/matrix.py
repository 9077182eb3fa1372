"""A job's matrix made into jobs: GitHub Actions' `matrix`, `include` and `exclude`.

It is worked out on the plain document, before types are checked, so that every job that comes of it
is checked like one that was written out; `Expanded.moved` leads back to where its settings stand.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

from dtemplates.settings import fields
from dtemplates.settings.expressions import Unfit, as_text, evaluate, has_expression
from dtemplates.settings.moved import Moved

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dtemplates.findings import Path

MOST_JOBS = 50_000
"""Jobs that all matrices of a settings file may make."""

Combination = dict[str, Any]
_LABEL = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?\Z")
_LONGEST_NAME = 253
# Job settings that are maps: of defaults and of the job, both count.
_MERGED = ("annotations", "env", "labels", "limits", "requests")


@dataclass
class Expanded:
    """The document with all jobs written out, what was wrong on the way, and where it stands."""

    document: Any
    problems: list[tuple[Path, str, str]] = field(default_factory=list)
    # Place in the document → place in the file; what is not here stands where it is.
    origins: dict[Path, Path] = field(default_factory=dict)

    @property
    def moved(self) -> Moved:
        """What leads from a setting of the document to where it stands in the file."""
        jobs = self.document.get("jobs") if self.origins else ()
        return Moved(tuple(map(_name, jobs)), self.origins)


def expand(document: Any) -> Expanded:
    """Return the document with `job_defaults` put in and each matrix made into jobs."""
    expanded = Expanded(document)
    if not isinstance(document, dict):
        return expanded
    defaults = document.get("job_defaults")
    jobs = document.get("jobs", [] if defaults is not None else None)
    if defaults is not None and not isinstance(defaults, dict):
        message = "defaults of jobs are a mapping"
        expanded.problems.append((("job_defaults",), message, "for example {image: example/a:1}"))
    if not isinstance(jobs, list) or not _is_needed(jobs, defaults):
        return expanded
    written: list[Any] = []
    for number, job in enumerate(jobs):
        for whole, values in _combined(job, defaults, number, expanded):
            if len(written) == MOST_JOBS:
                message = f"the matrices make more than {MOST_JOBS} jobs"
                expanded.problems.append((("jobs", number, "matrix"), message, "leave values out"))
                break
            at: Path = ("jobs", len(written))
            expanded.origins[at] = ("jobs", number)
            if isinstance(job, dict):
                _note_defaults(expanded, at, job, defaults)
            made = _made(whole, values, at, expanded) if isinstance(whole, dict) else whole
            if made is not None:
                written.append(made)
    rest = {key: value for key, value in document.items() if key != "job_defaults"}
    expanded.document = rest | {"jobs": written}
    return expanded


def _is_needed(jobs: list[Any], defaults: Any) -> bool:
    """Return whether any job is more than it says; a walk over plain jobs would be for nothing."""
    return defaults is not None or any(
        isinstance(job, dict) and ("matrix" in job or _has_expressions(job)) for job in jobs
    )


def _has_expressions(value: Any) -> bool:
    if isinstance(value, str):
        return has_expression(value)
    if isinstance(value, dict):
        return any(map(_has_expressions, value.values()))
    return isinstance(value, list) and any(map(_has_expressions, value))


def _combined(
    job: Any, defaults: Any, number: int, expanded: Expanded
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield a job with its defaults, and the values of each of its combinations."""
    if not isinstance(job, dict):
        yield job, {}
        return
    whole = _with_defaults(job, defaults)
    if "matrix" not in whole:
        yield whole, {}
        return
    place: Path = ("jobs", number) if "matrix" in job else ("job_defaults",)
    matrix = whole.pop("matrix")
    try:
        combinations = combine(matrix)
    except Unfit as error:
        expanded.problems.append(((*place, "matrix"), str(error), error.remedy))
        return
    for combination in combinations:
        yield whole, {"matrix": combination}


def _name(job: Any) -> str:
    """Return the name of a job; nothing where it has none that anybody could call it by."""
    name = job.get("name") if isinstance(job, dict) else None
    return name if isinstance(name, str) and len(name) <= _LONGEST_NAME else ""


def _with_defaults(job: dict[str, Any], defaults: Any) -> dict[str, Any]:
    if not isinstance(defaults, dict):
        return dict(job)
    merged = {
        name: {**defaults[name], **job[name]}
        for name in _MERGED
        if isinstance(defaults.get(name), dict) and isinstance(job.get(name), dict)
    }
    return {**defaults, **job, **merged}


def _note_defaults(expanded: Expanded, at: Path, job: dict[str, Any], defaults: Any) -> None:
    """Note which settings of a job stand among the defaults."""
    if not isinstance(defaults, dict):
        return
    for name, value in defaults.items():
        if name not in job:
            expanded.origins[(*at, name)] = ("job_defaults", name)
        elif name in _MERGED and isinstance(value, dict) and isinstance(job[name], dict):
            for key in value.keys() - job[name].keys():
                expanded.origins[(*at, name, key)] = ("job_defaults", name, key)


def _made(
    whole: dict[str, Any], values: dict[str, Any], at: Path, expanded: Expanded
) -> dict[str, Any] | None:
    """Return a job with its expressions worked out; None where one means nothing.

    All settings but the name know the name that it has got.
    """
    made = {}
    told = len(expanded.problems)
    known = dict(values)
    for name in sorted(whole, key=lambda one: one != "name"):
        made[name] = _worked_out(whole[name], known, (*at, name), expanded)
        if name == "name":
            known["job"] = {"name": made[name]}
    if len(expanded.problems) > told:
        return None
    labels = _labels(values.get("matrix", {}))
    given = made.get("labels", {})
    if labels and isinstance(given, dict):
        made["labels"] = labels | given
    # In the order of the file, which messages and templates go by.
    return {name: made[name] for name in (*whole, "labels") if name in made}


def _worked_out(value: Any, values: Mapping[str, Any], at: Path, expanded: Expanded) -> Any:
    if isinstance(value, str):
        if not has_expression(value):
            return value
        try:
            result = evaluate(value, values)
        except Unfit as error:
            expanded.problems.append((Moved((), expanded.origins)(at), str(error), error.remedy))
            return value
        # Where text is wanted, a number is as good as its digits.
        is_number = isinstance(result, int | float)
        return as_text(result) if is_number and fields.wants_text(at) else result
    if isinstance(value, dict):
        return {
            key: _worked_out(inner, values, (*at, key), expanded) for key, inner in value.items()
        }
    if isinstance(value, list):
        return [
            _worked_out(inner, values, (*at, number), expanded)
            for number, inner in enumerate(value)
        ]
    return value


def _labels(combination: Combination) -> dict[str, str]:
    """Return the values that can be a label's, so that `kubectl get -l` finds jobs by them."""
    found = {}
    for key, value in combination.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        plain = isinstance(value, str | int | float)
        if plain and text and _LABEL.match(text) and _LABEL.match(key):
            found[key] = text
    return found


def combine(matrix: Any) -> list[Combination]:
    """Return the combinations of a matrix, in order: the last list varies fastest.

    `exclude` takes out those that agree with one of its entries. Then each entry of `include` is
    added to every combination of the lists that it changes no listed value of, or else makes one
    more, as GitHub documents it. Raises `Unfit`.
    """
    if not isinstance(matrix, dict):
        raise Unfit("a matrix is a mapping of lists", "for example {gpus: [8, 16], run: [1, 2]}")
    lists = {key: value for key, value in matrix.items() if key not in ("include", "exclude")}
    for key, value in lists.items():
        if not isinstance(value, list) or not value:
            raise Unfit(f"{key} is no list of values", f"write {key}: [8, 16]")
    if prod(map(len, lists.values())) > MOST_JOBS:
        raise Unfit(f"the matrix makes more than {MOST_JOBS} jobs", "leave values out")
    listed = [dict(zip(lists, values, strict=True)) for values in product(*lists.values())]
    for entry in _entries(matrix, "exclude"):
        if unknown := [key for key in entry if key not in lists]:
            known = ", ".join(lists) or "none"
            raise Unfit(f"exclude names {unknown[0]}, which is no list", f"there is {known}")
        listed = [one for one in listed if not _agrees(one, entry, entry)]
    found = listed if lists else []
    more: list[Combination] = []
    for entry in _entries(matrix, "include"):
        fitting = [one for one in found if _agrees(one, entry, lists.keys() & entry.keys())]
        for one in fitting:
            one.update(entry)
        if not fitting:
            more.append(dict(entry))
    if not found and not more:
        raise Unfit("the matrix leaves no job", "leave out what exclude takes away")
    return found + more


def _entries(matrix: dict[str, Any], name: str) -> list[Combination]:
    entries = matrix.get(name, [])
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise Unfit(f"{name} is no list of mappings", f"write {name}: [{{gpus: 8}}]")
    return entries


def _agrees(one: Combination, other: Combination, keys: Iterable[str]) -> bool:
    # As JSON has it: true is not 1.
    return all(json.dumps(one[key]) == json.dumps(other[key]) for key in keys)
