"""`status`, `diff` and `logs`: how everything stands, asked for from the tools."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from standins.kubernetes_api import KubernetesApi
    from standins.workplace import Stack, Workplace

STACKS: tuple[Stack, ...] = ("classic", "current")
GROUPS: dict[Stack, str] = {"classic": "p3dn", "current": "gpu"}
JOBS: dict[Stack, str] = {"classic": "maskrcnn", "current": "resnet"}


def overview(place: Workplace) -> dict[str, Any]:
    done = place.run("status", "--format", "json")
    assert done.code == 0, done.output
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def row(found: dict[str, Any], kind: str, name: str) -> dict[str, Any]:
    (one,) = (one for one in found["rows"] if (one["kind"], one["name"]) == (kind, name))
    assert isinstance(one, dict)
    return one


@pytest.mark.parametrize("stack", STACKS)
def test_all_is_well(stack: Stack, applied: Callable[[Stack], Workplace]) -> None:
    place = applied(stack)
    before = place.state()
    found = overview(place)
    assert {one["mood"] for one in found["rows"]} == {"well"}
    group = row(found, "node group", GROUPS[stack])
    assert (group["ready"], group["wanted"]) == (2, 2)
    assert "16 GPUs" in group["details"]
    assert ("64 EFA" in group["details"]) == (stack == "current")
    job = row(found, "job", JOBS[stack])
    assert (job["state"], job["ready"], job["wanted"]) == ("running", 2, 2)
    assert job["age"] >= 0
    assert found["next"] == [f"watch a job: dtemplates logs {JOBS[stack]} --follow"]
    price = 31.21 if stack == "classic" else 55.04
    cost = f"{2 * price:.2f} USD/h, on demand in us-east-1, 2026-07-20"
    assert f"2 nodes of {GROUPS[stack]}: {cost}" in found["costs"]
    assert place.state() == before


def test_before_there_is_anything(workplace: Callable[..., Workplace]) -> None:
    place = workplace("current")
    found = overview(place)
    assert {one["state"] for one in found["rows"]} == {"not there"}
    assert found["next"] == ["make the cluster: dtemplates apply"]
    assert found["costs"] == []


def test_half_way(workplace: Callable[..., Workplace]) -> None:
    place = workplace("current")
    place.run("apply", "--yes", "--only", "eks", "--only", "fsx_stack")
    found = overview(place)
    assert row(found, "cluster", "demo")["mood"] == "well"
    assert row(found, "file system", "fsx-demo-data")["state"] == "CREATE_COMPLETE"
    assert row(found, "claim", "data")["mood"] == "absent"
    assert found["next"][0].startswith("make what is missing (")
    assert any("FSx for Lustre file system fsx-demo-data" in one for one in found["costs"])


def test_what_is_ill_comes_with_what_to_do(
    workplace: Callable[..., Workplace], api: KubernetesApi
) -> None:
    from standins.kubernetes_behaviours import Failure

    place = workplace("current")
    api.behaviours.fail_jobs = {"resnet": Failure("BackoffLimitExceeded", "it fell over")}
    place.run("apply", "--yes")
    place.programs.set_status("gpu", "DEGRADED")
    found = overview(place)
    assert row(found, "job", "resnet")["state"] == "failed"
    assert row(found, "node group", "gpu")["mood"] == "ill"
    assert "see why job resnet failed: dtemplates logs resnet" in found["next"]


def test_finished_jobs_make_nodes_superfluous(
    workplace: Callable[..., Workplace], api: KubernetesApi
) -> None:
    place = workplace("current")
    api.behaviours.succeed_jobs = {"resnet"}
    place.run("apply", "--yes")
    found = overview(place)
    assert row(found, "job", "resnet")["state"] == "succeeded"
    assert found["next"] == ["drop the nodes that nothing runs on: dtemplates scale gpu 0"]


def test_table(applied: Callable[[Stack], Workplace]) -> None:
    place = applied("current")
    done = place.run("status")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[0] == ["name", "state", "ready", "age"]
    assert lines[2][:5] == ["node", "group", "gpu", "ACTIVE", "2/2"]
    assert "\x1b" not in done.stdout


def test_watching_ends_by_an_interrupt(applied: Callable[[Stack], Workplace]) -> None:
    place = applied("classic")
    with place.start("status", "--watch") as process:
        assert process.stdout is not None
        line = next(line for line in process.stdout if line.startswith("costs: "))
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=20)
    assert "control plane of demo" in line
    assert process.returncode == 130
    assert "Traceback" not in stderr


def test_what_cannot_be_asked_is_said_once(workplace: Callable[..., Workplace]) -> None:
    place = workplace("current")
    place.run("apply", "--yes", "--only", "eks")
    place.api.down = True
    try:
        done = place.run("status")
    finally:
        place.api.down = False
    assert done.code == 0
    assert done.stdout.count("was refused") == 1
    assert "Traceback" not in done.output


def test_without_tools_and_credentials(workplace: Callable[..., Workplace]) -> None:
    place = workplace("current")
    place.programs.remove("eksctl")
    done = place.run("status")
    assert done.code == 0
    assert "eksctl is not on PATH; `dtemplates doctor` tells where to get it" in done.stdout
    assert "next: find out what is missing: dtemplates doctor" in done.stdout


@pytest.mark.parametrize("stack", STACKS)
def test_diff(stack: Stack, applied: Callable[[Stack], Workplace]) -> None:
    place = applied(stack)
    done = place.run("diff")
    assert done.code == 0, done.output
    assert done.stdout == ""
    before = place.state()
    done = place.run("diff", "--set", f"jobs.{JOBS[stack]}.image=example/train:2.0")
    assert done.code == 1, done.output
    assert "-" in done.stdout
    assert "example/train:2.0" in done.stdout
    assert place.state() == before


def test_diff_of_what_is_not_there_yet(workplace: Callable[..., Workplace]) -> None:
    place = workplace("current")
    place.run("apply", "--yes", "--only", "eks")
    done = place.run("diff")
    assert done.code == 2
    assert "pv_fsx: not checked: pv_fsx.yaml waits for what earlier steps make" in done.stderr
    assert "pvc_fsx: not checked: its namespace is not there yet" in done.stderr
    assert "jobs/resnet: not checked: its kind is not installed yet" in done.stderr


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("option", ["--follow", ""])
def test_logs(stack: Stack, option: str, applied: Callable[[Stack], Workplace]) -> None:
    place = applied(stack)
    done = place.run("logs", JOBS[stack], *([option] if option else []))
    assert done.code == 0, done.output
    assert "launcher" in done.stdout


def test_logs_of_what_is_no_job_and_of_what_has_none(
    workplace: Callable[..., Workplace],
) -> None:
    place = workplace("current")
    done = place.run("logs", "resnt")
    assert done.code == 2
    assert "resnt: error: is no job of the settings; did you mean 'resnet'?" in done.stderr
    place.run("apply", "--yes", "--only", "eks")
    done = place.run("logs", "resnet")
    assert done.code == 1
    assert "not found" in done.stderr
