"""An undisturbed run of a stack, kept as it was before each step and at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dtemplates
from dtemplates.planning.plan import plan

if TYPE_CHECKING:
    from standins.workplace import Workplace

END = ""


class Course:
    """A place that can be returned to any point of the run, which is far quicker than a run."""

    def __init__(self, place: Workplace) -> None:
        self.place = place
        self.steps = {step.name: step for step in plan(dtemplates.load(place.settings))}
        self._points: dict[str, tuple[Any, Any]] = {}
        # What there is after each step.
        self.after: dict[str, dict[str, Any]] = {}
        for name in self.steps:
            self._keep(name)
            done = place.run("apply", "--yes", "--only", name)
            assert done.code == 0, done.output
            self.after[name] = place.state()
        self._keep(END)
        self.end = place.state()

    def _keep(self, point: str) -> None:
        self._points[point] = self.place.api.snapshot(), self.place.programs.snapshot()

    def return_to(self, step: str = END) -> Workplace:
        """Make everything as it was before the step, or at the end, and return the place."""
        objects, programs = self._points[step]
        self.place.api.behaviours.reset()
        self.place.api.requests.clear()
        self.place.api.execs.clear()
        self.place.api.restore(objects)
        self.place.programs.restore(programs)
        self.place.renew()
        return self.place
