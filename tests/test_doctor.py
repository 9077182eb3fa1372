"""Before anything starts, all that is missing is told, and where it is to be had."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Literal

import pytest
from conftest import ROOT

import dtemplates
from dtemplates.tools import doctor, processes
from dtemplates.tools.doctor import Diagnosis
from dtemplates.tools.programs import PROGRAMS

if TYPE_CHECKING:
    from standins.workplace import Stack, Workplace

Make = Callable[..., "Workplace"]
STACKS: tuple[Literal["classic", "current"], ...] = ("classic", "current")
# What each stack's plan starts, and what kubectl starts itself.
NEEDED: dict[str, tuple[str, ...]] = {
    "current": ("eksctl", "kubectl", "aws", "diff"),
    "classic": ("eksctl", "kubectl", "helm", "aws-iam-authenticator", "diff"),
}
EACH = [(stack, tool) for stack, tools in NEEDED.items() for tool in tools]
OLD = "https://github.com/eksctl-io/eksctl/releases/tag/0.1.40"


def remove(place: Workplace, tool: str) -> None:
    folder = place.programs.bin if tool in place.programs.tools else place.programs.system
    (folder / tool).unlink()


def play(place: Workplace, tool: str, text: str, code: int = 0) -> None:
    """From now on the tool says this, whatever it is asked."""
    path = place.programs.bin / tool
    path.unlink(missing_ok=True)
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\nexit {code}\n", "utf-8")
    path.chmod(0o755)


def examined(place: Workplace, names: Iterable[str] | None = None) -> dict[str, Diagnosis]:
    settings = dtemplates.load(place.settings)
    wanted = NEEDED[place.stack] if names is None else names
    found = doctor.programs(settings, wanted, place.environment)
    return {one.name: one for one in found}


def lines(text: str, start: str) -> list[str]:
    """The lines of a diagnosis: what was found, and the remedy if there is one."""
    told = text.splitlines()
    first = next(number for number, line in enumerate(told) if line.startswith(f"  {start}"))
    rest = told[first + 1 : first + 2]
    return [told[first], *(line for line in rest if line.startswith("      "))]


def no_trace(text: str) -> bool:
    return "Traceback" not in text and "\x1b" not in text and "\x00" not in text


# What a person reads


@pytest.mark.parametrize("stack", STACKS)
def test_all_is_well_before_there_is_a_cluster(stack: Stack, workplace: Make) -> None:
    place = workplace(stack)
    done = place.run("doctor")
    assert (done.code, done.stderr) == (0, "")
    first, *rest = done.stdout.splitlines()
    assert first == f"what the {stack} stack needs for cluster demo:"
    names = [*NEEDED[stack], "AWS credentials"]
    assert [line.split(":")[0] for line in rest[:-1]] == [f"  ok  {name}" for name in names]
    assert rest[-1].startswith("  -   cluster: no kubeconfig")
    assert place.commands() == []


@pytest.mark.parametrize("stack", STACKS)
def test_a_cluster_that_answers_is_well(stack: Stack, workplace: Make) -> None:
    place = workplace(stack)
    done = place.run("doctor", "--kubeconfig", str(place.folder.parent / "kubeconfig"))
    assert done.code == 0
    assert done.stdout.splitlines()[-1] == "  ok  cluster: namespace/default"


def test_a_cluster_that_does_not_answer_is_told(workplace: Make) -> None:
    place = workplace("current")
    place.api.down = True
    try:
        done = place.run("doctor", "--kubeconfig", str(place.folder.parent / "kubeconfig"))
    finally:
        place.api.down = False
    assert done.code == 1
    found, remedy = lines(done.stdout, "NO  cluster: ")
    assert "was refused" in found
    assert "network" in remedy


def test_missing_credentials_are_told(workplace: Make) -> None:
    place = workplace("current")
    done = place.run("doctor", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert done.code == 1
    found, remedy = lines(done.stdout, "NO  AWS credentials: ")
    assert "Unable to locate credentials" in found
    assert "aws configure" in remedy


def test_offline_asks_no_server(workplace: Make) -> None:
    place = workplace("current")
    place.api.down = True
    try:
        kubeconfig = str(place.folder.parent / "kubeconfig")
        done = place.run("doctor", "--offline", "--kubeconfig", kubeconfig, AWS_ACCESS_KEY_ID="")
    finally:
        place.api.down = False
    assert done.code == 0
    assert "credentials" not in done.stdout
    assert {call.argv for call in place.programs.calls()} == {
        ("version",), ("--version",), ("version", "--client", "-o", "json")
    }  # fmt: skip


def test_several_problems_are_all_told(workplace: Make) -> None:
    place = workplace("classic")
    remove(place, "helm")
    remove(place, "aws-iam-authenticator")
    play(place, "eksctl", "0.230.0")
    play(place, "kubectl", "\x1b[31mno\x00version", 1)
    done = place.run("doctor", AWS_ACCESS_KEY_ID="")
    assert (done.code, done.stderr) == (1, "")
    assert no_trace(done.output)
    for name in ("eksctl", "kubectl", "helm", "aws-iam-authenticator", "AWS credentials"):
        assert len(lines(done.stdout, f"NO  {name}: ")) == 2
    assert "  ok  diff: is there" in done.stdout


def test_apply_tells_all_that_is_missing_before_it_starts(workplace: Make) -> None:
    place = workplace("current")
    remove(place, "eksctl")
    remove(place, "aws")
    remove(place, "diff")
    done = place.run("apply", "--yes")
    assert (done.code, done.stdout) == (1, "")
    told = done.stderr.splitlines()
    assert [line.split(": error: not on PATH")[0] for line in told] == ["eksctl", "aws", "diff"]
    assert all("get it: " in line for line in told)
    assert [call.argv for call in place.programs.calls()] == [("version", "--client", "-o", "json")]
    assert not (place.folder / ".dtemplates").exists()


def test_mistakes_in_the_settings_come_first(workplace: Make) -> None:
    place = workplace("current", "stack: nothing\n")
    done = place.run("doctor")
    assert done.code == 2
    assert done.stdout == ""
    assert place.programs.calls() == []


# Programs


@pytest.mark.parametrize(("stack", "tool"), EACH)
def test_a_missing_program_is_told_with_where_to_get_it(
    stack: Stack, tool: str, workplace: Make
) -> None:
    place = workplace(stack)
    remove(place, tool)
    found = examined(place)
    assert list(found) == list(NEEDED[stack])
    assert {name for name, one in found.items() if not one.is_well} == {tool}
    missing = found[tool]
    assert missing.health == "missing"
    assert PROGRAMS[tool].purpose in missing.found
    assert missing.remedy.startswith(("get it: https://", "get it: package "))


def eksctl_2019(version: str) -> str:
    return f'[ℹ]  version.Info{{BuiltAt:"", GitCommit:"", GitTag:"{version}"}}'


def kubectl(version: str) -> str:
    return f'{{\n  "clientVersion": {{\n    "major": "1",\n    "gitVersion": "v{version}"\n  }}\n}}'


@pytest.mark.parametrize(
    ("stack", "tool", "said", "health", "words"),
    [
        # As each says it, through the years
        ("current", "eksctl", "0.230.0", "ok", "0.230.0"),
        ("current", "eksctl", "0.231.1-dev+1a2b3c.2026-09-01T00:00:00Z", "ok", "0.231.1"),
        ("current", "eksctl", "1.0.0", "ok", "1.0.0"),
        ("current", "eksctl", "0.99.0", "wrong version", "0.230.0 or later"),
        ("current", "eksctl", eksctl_2019("0.1.40"), "wrong version", "0.230.0 or later"),
        ("classic", "eksctl", eksctl_2019("0.1.40"), "ok", "0.1.40"),
        ("classic", "eksctl", eksctl_2019("0.1.3"), "ok", "0.1.3"),
        ("classic", "eksctl", "0.2.0", "wrong version", "before 0.2"),
        ("classic", "eksctl", "0.230.0", "wrong version", "before 0.2"),
        ("current", "kubectl", kubectl("1.35.0"), "ok", "1.35.0"),
        ("current", "kubectl", kubectl("1.34.1-eks-113cf36"), "ok", "1.34.1"),
        ("current", "kubectl", kubectl("1.30.0"), "note", "more than one minor version"),
        ("current", "kubectl", kubectl("1.21.14"), "wrong version", "1.22 or later"),
        ("classic", "kubectl", kubectl("1.13.12"), "ok", "1.13.12"),
        ("classic", "kubectl", kubectl("1.12.10"), "wrong version", "1.13 or later"),
        ("classic", "kubectl", kubectl("1.35.0"), "note", "more than one minor version"),
        ("current", "aws", "aws-cli/2.31.0 Python/3.13.7 Linux/6 exe/x86_64", "ok", "2.31.0"),
        ("current", "aws", "aws-cli/1.16.156 Python/2.7.16 Linux botocore/1.12.146", "ok", "1.16"),
        ("current", "aws", "aws-cli/1.16.155 Python/3.7.3", "wrong version", "1.16.156 or later"),
        ("classic", "helm", "Client: v2.17.0+ga690bad", "ok", "2.17.0"),
        ("classic", "helm", "v3.14.0+gc309b6f", "wrong version", "before 3"),
        ("classic", "helm", "v4.2.4+g1a2b3c4", "wrong version", "before 3"),
        # What is none
        *(
            (stack, tool, said, "no answer", "does not tell its version")
            for stack, tool in EACH
            if PROGRAMS[tool].version
            for said in ("", "usage: something else entirely", "\x00\x1b[31m{[\x80")
        ),
    ],
)  # fmt: skip
def test_versions_are_judged_by_the_stack(
    stack: Stack, tool: str, said: str, health: str, words: str, workplace: Make
) -> None:
    place = workplace(stack)
    play(place, tool, said)
    found = examined(place)
    assert {name for name in found if not found[name].is_well} <= {tool}
    one = found[tool]
    assert one.health == health
    assert words in one.found
    assert one.is_well == (health in ("ok", "note"))
    assert bool(one.remedy) != one.is_well


@pytest.mark.parametrize(
    ("said", "health"),
    [("v3.0.0+g1", "ok"), ("v4.2.4+g1", "ok"), ("Client: v2.17.0", "wrong version")],
)
def test_other_helms_go_with_the_current_stack(said: str, health: str, workplace: Make) -> None:
    place = workplace("current")
    play(place, "helm", said)
    found = examined(place, ["helm"])
    assert {name: one.health for name, one in found.items()} == {"helm": health}


def test_the_real_helm_and_kubectl_tell_their_versions(workplace: Make) -> None:
    found = examined(workplace("current"), ["helm", "kubectl"])
    assert {found[name].health for name in ("helm", "kubectl")} == {"ok"}


def test_the_remedy_names_the_setting_that_chooses_the_version(workplace: Make) -> None:
    place = workplace("classic")
    play(place, "eksctl", "0.230.0")
    play(place, "helm", "v4.2.4")
    found = examined(place)
    assert found["eksctl"].remedy == f"get it: {OLD}, or set versions.eksctl to 0.230.0"
    assert "set versions.helm to 4.2.4" in found["helm"].remedy


def test_the_version_may_be_told_to_stderr(workplace: Make) -> None:
    place = workplace("current")
    path = place.programs.bin / "aws"
    path.write_text("#!/bin/sh\necho 'aws-cli/1.16.200 Python/2.7' >&2\n", "utf-8")
    assert examined(place)["aws"].health == "ok"


def test_a_program_of_another_machine_is_told(workplace: Make) -> None:
    place = workplace("classic")
    for tool in ("helm", "aws-iam-authenticator"):
        (place.programs.bin / tool).write_text("\x7fELF", "utf-8")
    found = examined(place)
    for tool in ("helm", "aws-iam-authenticator"):
        assert found[tool].health == "no answer"
        assert "cannot be started: Exec format error" in found[tool].found
        assert "get it: https://" in found[tool].remedy


@pytest.mark.parametrize("kind", ["hang", "stubborn"])
def test_a_program_that_hangs_does_not_hold_up_the_others(
    kind: str, workplace: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_VERSION_TIMEOUT", 1.0)
    monkeypatch.setattr(processes, "GRACE", (0.1, 0.1))
    place = workplace("current")
    place.programs.plan_fault("eksctl", "version", kind=kind)
    found = examined(place)
    assert place.programs.unused_faults() == []
    assert found["eksctl"].health == "no answer"
    assert "no answer within 1 s" in found["eksctl"].found
    assert {name for name in found if found[name].is_well} == {"kubectl", "aws", "diff"}


# Credentials and cluster


@pytest.mark.parametrize("said", ["", "None", "\x00\x80{[", "<html>sign in</html>"])
def test_an_answer_that_is_none_is_no_answer(said: str, workplace: Make) -> None:
    place = workplace("current")
    play(place, "aws", said)
    play(place, "kubectl", said)
    assert doctor.credentials("us-east-1", place.environment).health == "no answer"
    assert doctor.cluster("/nowhere", place.environment).health == "no answer"


def test_what_a_tool_says_is_told_in_short(workplace: Make) -> None:
    place = workplace("current")
    play(place, "aws", "x" * 100_000, 1)
    assert len(doctor.credentials("us-east-1", place.environment).found) < 500


def test_servers_that_do_not_answer_are_not_waited_for(
    workplace: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_SERVER_TIMEOUT", 1.0)
    place = workplace("current")
    place.programs.plan_fault("aws", "sts", kind="hang")
    found = doctor.credentials("us-east-1", place.environment)
    assert (found.health, found.found) == ("no answer", "no answer within 1 s")


def test_without_the_program_that_asks_nothing_is_known(workplace: Make) -> None:
    # Classic needs no aws: that it is missing is in nobody's way.
    place = workplace("classic")
    remove(place, "aws")
    done = place.run("doctor")
    assert done.code == 0
    assert "  -   AWS credentials: cannot be asked without aws" in done.stdout


def test_it_reads_the_kubeconfig_that_it_is_given(workplace: Make) -> None:
    place = workplace("current")
    environment = {**place.environment, "KUBECONFIG": "/nowhere"}
    given = str(place.folder.parent / "kubeconfig")
    assert doctor.cluster(given, environment).health == "ok"
    found = doctor.cluster("/nowhere", place.environment)
    assert found.health == "no answer"
    assert "--kubeconfig" in found.remedy


@pytest.mark.parametrize("stack", STACKS)
def test_examples_need_what_the_stack_needs(stack: Stack, workplace: Make) -> None:
    place = workplace(stack, (ROOT / "examples" / f"{stack}.yaml").read_text("utf-8"))
    assert place.run("doctor", "--offline").code == 0
