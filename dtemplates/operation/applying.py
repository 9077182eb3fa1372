"""`apply`: a plan's steps, one after the other, from wherever they stand."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dtemplates.errors import DTemplatesError, InputError, InvalidManifests, ToolError
from dtemplates.findings import Finding, reaches
from dtemplates.operation.carrying_out import carry_out
from dtemplates.operation.events import Observer, Outcome, StepEnded, StepStarted, unseen
from dtemplates.operation.failures import Cause, Failed, StepFailed
from dtemplates.operation.learning import learned
from dtemplates.operation.probing import see_the_right_cluster
from dtemplates.operation.run_folder import RunFolder
from dtemplates.operation.session import Session
from dtemplates.planning.plan import plan
from dtemplates.settings.learned import with_values
from dtemplates.tools import doctor
from dtemplates.tools.redaction import Redaction
from dtemplates.validation import validate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from dtemplates.planning.plan import Plan
    from dtemplates.planning.step import Step
    from dtemplates.settings.root import Settings


@dataclass(frozen=True)
class Options:
    """How steps are carried out, whatever they are.

    `parent` is the folder in which `.dtemplates/` is, `most` the longest that a step may take, in
    seconds, where that is less than its own timeout.
    """

    templates: str | Path | None = None
    kubeconfig: str | Path | None = None
    parent: Path = Path()
    most: float | None = None
    observe: Observer = unseen
    environment: Mapping[str, str] | None = None

    def replaced(self, *, observe: Observer) -> Options:
        """Return the same options with another observer."""
        return replace(self, observe=observe)

    def plan(self, settings: Settings, *, checked: bool = True) -> Plan:
        """Return the settings' plan, its manifests proven valid.

        Without `checked` they are as they are: to look, to stop and to delete must be possible with
        manifests that nobody would apply any more. Raises `InvalidManifests`, and `InputError` for
        a kubeconfig that is not there.
        """
        kubeconfig = Path(self.kubeconfig).absolute() if self.kubeconfig else None
        if kubeconfig and not kubeconfig.is_file():
            remedy = "name the kubeconfig of a cluster, or leave --kubeconfig out"
            raise InputError(
                [Finding("there is no such file", file=str(kubeconfig), remedy=remedy)]
            )
        made = plan(settings, templates=self.templates, kubeconfig=kubeconfig)
        findings = validate(made.manifests) if checked else []
        if reaches(findings):
            raise InvalidManifests(findings)
        return replace(made, warnings=tuple(findings))


@dataclass(frozen=True)
class Applied:
    """What became of the steps: names of those that were done now, and that were done before."""

    done: tuple[str, ...]
    already: tuple[str, ...]
    log: str


def apply(
    settings: Settings,
    *,
    only: Sequence[str] = (),
    start: str | None = None,
    options: Options | None = None,
) -> Applied:
    """Carry out the plan of the settings, and return what there was to do.

    Nothing starts before all manifests are valid, and all programs there. What is done already is
    seen by asking the tools, so that it goes on where an earlier run ended. Raises
    `InvalidManifests`, `ToolError`, and `StepFailed` for the step that could not be done.
    """
    options = options or Options()
    whole = options.plan(settings)
    chosen = whole.select(only, start)
    ready(settings, (name for step in chosen for name in step.programs), options)
    with opened(settings, whole, "apply", options) as (session, folder, log):
        run = _Run(settings, options, whole, session, folder)
        folder.put(whole.manifests)
        programs = {name for step in chosen for name in step.programs}
        if programs & {"kubectl", "helm"} and "kubeconfig" not in {step.name for step in chosen}:
            see_the_right_cluster(whole, session)
        done, already = carried_out(chosen.steps, session, lambda step: run.step(step.name), log)
    return Applied(done, already, log)


def ready(settings: Settings, programs: Iterable[str], options: Options) -> None:
    """Return if all programs are there, in versions that will do. Raises `ToolError`."""
    own = options.kubeconfig is not None
    found = doctor.programs(settings, programs, options.environment, own_kubeconfig=own)
    if bad := [one for one in found if not one.is_well]:
        raise ToolError(Finding(one.found, file=one.name, remedy=one.remedy) for one in bad)


@contextmanager
def opened(
    settings: Settings, whole: Plan, name: str, options: Options
) -> Iterator[tuple[Session, RunFolder, str]]:
    """Open the run's folder, lock and log, and the session in which its commands run."""
    folder = RunFolder(options.parent, whole.cluster)
    folder.make()
    environment = os.environ if options.environment is None else options.environment
    secrets = Redaction.of(environment, _variables(settings))
    with folder.locked(), folder.log(name, secrets) as log:
        session = Session(
            folder.manifests.absolute(),
            whole.kubeconfig,
            options.observe,
            log.write,
            environment,
            options.most,
        )
        log.write(f"dtemplates {name} of cluster {whole.cluster} in {whole.region}")
        yield session, folder, str(log.path)


def carried_out(
    steps: Sequence[Step],
    session: Session,
    do: Callable[[Step], bool],
    log: str,
    idle: Outcome = "already done",
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Do the steps in order; return the names of those that changed anything, and of the rest.

    `idle` is what the rest are said to be.

    Raises `StepFailed`, which tells what was done and what is left, also where it is interrupted.
    """
    done: list[str] = []
    already: list[str] = []
    for number, step in enumerate(steps):
        before = tuple(one.name for one in steps[:number])
        left = tuple(one.name for one in steps[number + 1 :])
        session.observe(StepStarted(step, number + 1, len(steps)))
        session.log(f"step {step.name}")
        started = time.monotonic()
        outcome: Outcome = "failed"
        try:
            changed = do(step)
            outcome = "done" if changed else idle
        except Failed as failed:
            cause = failed.cause
            raise StepFailed(step, cause, before, left, log) from failed
        except DTemplatesError as error:
            cause = Cause(str(error))
            raise StepFailed(step, cause, before, left, log) from error
        except KeyboardInterrupt:
            outcome = "interrupted"
            cause = Cause("interrupted", "what its tool has begun may go on by itself for a while")
            raise StepFailed(step, cause, before, left, log, interrupted=True) from None
        finally:
            seconds = time.monotonic() - started
            session.observe(StepEnded(step, outcome, seconds))
            session.log(f"step {step.name}: {outcome} after {seconds:.1f} s")
        (done if changed else already).append(step.name)
    return tuple(done), tuple(already)


class _Run:
    """A plan being carried out, whose later manifests become known on the way."""

    def __init__(
        self,
        settings: Settings,
        options: Options,
        whole: Plan,
        session: Session,
        folder: RunFolder,
    ) -> None:
        self._settings, self._options, self._plan = settings, options, whole
        self._session, self._folder = session, folder

    def step(self, name: str) -> bool:
        """Do the step of this name, with all that is known by now."""
        step = self._named(name)
        if set(step.files) & set(self._plan.later):
            self._learn(name)
            step = self._named(name)
        # Whatever has happened to the files meanwhile: what was validated is what is applied.
        self._folder.put(self._plan.manifests)
        return carry_out(step, self._session, self._plan.manifests)

    def _named(self, name: str) -> Step:
        return next(step for step in self._plan if step.name == name)

    def _learn(self, name: str) -> None:
        """Ask for what earlier steps have made known, and render and validate with it."""
        earlier: list[Step] = []
        for step in self._plan:
            if step.name == name:
                break
            earlier.append(step)
        values = learned(earlier, self._session)
        self._settings = with_values(self._settings, values)
        self._plan = self._options.plan(self._settings)


def _variables(settings: Settings) -> dict[str, str]:
    """Return the jobs' environment variables that are written out in the settings."""
    pairs = [pair for job in settings.jobs for pair in job.env.items()]
    return {name: variable.value for name, variable in pairs if variable.value}
