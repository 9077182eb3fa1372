"""The same finding on many jobs, shown once: a matrix makes each mistake as often as jobs."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dtemplates.findings import Finding

    _Said = tuple[Any, ...]

# Of more jobs than this the first three are named.
_NAMED = 4


@dataclass(frozen=True)
class Fold:
    """Findings that say the same of one place in the settings, each of another job.

    What is about no job is one by itself. `str()` of it is the line of the first, with how many
    jobs there are and the names of some.
    """

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The one that is shown for all."""
        return self.findings[0]

    @property
    def jobs(self) -> str:
        """`30 jobs: a, b, c and 27 more`; empty where the finding itself tells which job it is."""
        names = [one.job for one in self.findings]
        if len(names) == 1:
            told = self.first.rendered is not None or _named(names[0]).search(self.first.message)
            return "" if told or not names[0] else f"job {names[0]}"
        shown = names if len(names) <= _NAMED else names[: _NAMED - 1]
        more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
        return f"{len(names)} jobs: {', '.join(shown)}{more}"

    @property
    def shown(self) -> Finding:
        """The first finding, whose message tells of the jobs too."""
        jobs = self.jobs
        return replace(self.first, message=f"{self.first.message} ({jobs})") if jobs else self.first

    def __str__(self) -> str:
        return str(self.shown)


def folded(findings: Iterable[Finding]) -> list[Fold]:
    """Return the findings, in their order, those together that differ in the job's name alone.

    That is so where place, level, id and all words are the same but for the name; where numbers
    differ, or one job has the same finding twice, each is shown.
    """
    findings = list(findings)
    jobs: dict[_Said, set[str]] = defaultdict(set)
    for finding in findings:
        jobs[_said(finding)].add(finding.job)
    folds: dict[Any, list[Finding]] = {}
    times: Counter[Any] = Counter()
    for number, finding in enumerate(findings):
        if not finding.job:
            folds[number] = [finding]
            continue
        same = _said(finding)
        # What is said of several jobs in the same words names none of them.
        if len(jobs[same]) == 1:
            same = _said(finding, without=finding.job)
        times[same, finding.job] += 1
        folds.setdefault((same, times[same, finding.job]), []).append(finding)
    return [Fold(tuple(several)) for several in folds.values()]


def _said(finding: Finding, *, without: str = "") -> _Said:
    """Return what two findings share that say the same of one place, but for a job's name."""
    words = f"{finding.message}\0{finding.remedy}"
    # A name that is a number may be any number in the text.
    if without and without in words and not without.isdecimal():
        words = _named(without).sub("\0", words)
    place = (finding.file, finding.line, finding.column, finding.path)
    return (*place, finding.level, finding.id, words)


def _named(job: str) -> re.Pattern[str]:
    """Return what finds the name of a job; names of pods and files begin with it."""
    return re.compile(rf"(?<![\w-]){re.escape(job)}(?!\w)")
