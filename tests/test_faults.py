"""Every step of both stacks, and all that can go wrong with it: afterwards `apply` finishes.

Each case begins where all steps before are done, lets one thing go wrong, and applies again. What
there is then is what an undisturbed run leaves: nothing twice, nothing lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pytest

import dtemplates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from standins.course import Course
    from standins.workplace import Stack, Workplace

    from dtemplates.planning.step import Command

Part = Literal["command", "probe"]

# What may happen to the command of a step, and to the question whether it is done already.
KINDS: dict[Part, tuple[str, ...]] = {
    "command": ("fail", "hang", "garbage", "missing", "kill_before", "kill_during", "kill_after"),
    "probe": ("fail", "hang", "garbage"),
}
# What the gate tries: each way in which a step can fail once. --all-faults tries the rest, too, and
# applies all of the plan afterwards, where the gate goes on to the step's end.
USUAL = {("command", kind) for kind in ("fail", "hang", "garbage", "missing", "kill_during")}
KILLED = ("kill_before", "kill_during", "kill_after")
# Steps as the stacks' settings make them (tests/standins/workplace.py); a test compares.
STEPS: dict[Stack, tuple[str, ...]] = {
    "classic": (
        *("cluster", "nodegroups", "kubeconfig", "nvidia_device_plugin", "fsx_csi_driver"),
        *("pv_fsx", "pvc_fsx", "attach_pvc", "tiller_rbac_config", "tiller", "mpi_operator"),
        "jobs/maskrcnn",
    ),
    "current": (
        *("cluster", "nodegroups", "kubeconfig", "nvidia_device_plugin", "efa_device_plugin"),
        *("namespace", "fsx_stack", "fsx_csi_driver", "pv_fsx", "pvc_fsx", "attach_pvc"),
        *("tensorboard", "mpi_operator", "jobs/resnet"),
    ),
}
# They come with the cluster: there is nothing for their command to do.
WITH_CLUSTER = {("classic", "kubeconfig"), ("current", "kubeconfig"), ("current", "fsx_csi_driver")}


@dataclass(frozen=True)
class Case:
    """One thing that goes wrong with one part of one step."""

    stack: Stack
    step: str
    part: Part
    kind: str

    def __str__(self) -> str:
        return f"{self.stack}-{self.step}-{self.part}-{self.kind}"


def cases() -> Iterator[Case]:
    for stack, steps in STEPS.items():
        for step in steps:
            for part, kinds in KINDS.items():
                if part == "probe" or (stack, step) not in WITH_CLUSTER:
                    yield from (Case(stack, step, part, kind) for kind in kinds)


CASES = tuple(cases())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        chosen = [
            # A worker has the course of one stack.
            pytest.param(case, id=str(case), marks=pytest.mark.xdist_group(case.stack))
            for case in CASES
            if metafunc.config.getoption("--all-faults") or (case.part, case.kind) in USUAL
        ]
        metafunc.parametrize("case", chosen)


def command(case: Case, course: Course) -> Command:
    """The command that goes wrong."""
    step = course.steps[case.step]
    if case.part == "probe" and step.done:
        return step.done.command
    assert step.command is not None
    return step.command


def test_there_are_cases_for_every_step() -> None:
    usual = [case for case in CASES if (case.part, case.kind) in USUAL]
    assert len(usual) >= 100
    assert len(CASES) >= 200
    assert len({(case.stack, case.step) for case in CASES}) == sum(map(len, STEPS.values()))


@pytest.mark.parametrize("stack", STEPS)
def test_the_steps_are_those_of_the_plan(stack: Stack, courses: Callable[[Stack], Course]) -> None:
    assert tuple(courses(stack).steps) == STEPS[stack]


def attempt(place: Workplace, step: str, most: float | None = None) -> str:
    """Apply a step within this process, and return what went wrong; nothing if all is well."""
    options = dtemplates.Options(parent=place.folder, environment=place.environment, most=most)
    try:
        dtemplates.apply(dtemplates.load(place.settings), only=[step], options=options)
    except dtemplates.StepFailed as error:
        return f"{error} {error.cause.command} {' '.join(error.cause.words)}"
    except dtemplates.ToolError as error:
        return str(error)
    return ""


def test_apply_again_finishes(
    case: Case, courses: Callable[[Stack], Course], request: pytest.FixtureRequest
) -> None:
    course = courses(case.stack)
    place = course.return_to(case.step)
    went_wrong = command(case, course)
    if case.kind == "missing":
        place.programs.remove(went_wrong.program)
    else:
        place.programs.plan_fault(went_wrong.program, *went_wrong.argv[1:], kind=case.kind)
    if case.kind in KILLED:
        bad = place.run("apply", "--yes", "--only", case.step)
        assert bad.code == -9
    else:
        # Whatever hangs is given up after a second; all else takes far less.
        said = attempt(place, case.step, most=1 if case.kind == "hang" else 20)
        # Where kubectl does not tell which cluster it reaches, the kubeconfig is written anew.
        if (case.step, case.part) != ("kubeconfig", "probe") or case.kind == "hang":
            assert went_wrong.program in said
    if case.kind == "missing":
        place.programs.put_back(went_wrong.program)
    assert place.programs.unused_faults() == []

    # What a cluster half made lacks, kubeconfig, add-ons and nodes, later steps see to.
    half_made = case.kind in KILLED and course.steps[case.step].group == "eks"
    if half_made or request.config.getoption("--all-faults"):
        again = place.run("apply", "--yes")
        assert again.code == 0, again.output
        assert place.state() == course.end
    else:
        # What there is once the step is done is all that later steps depend on.
        assert attempt(place, case.step) == ""
        assert place.state() == course.after[case.step]
