"""What the README says is so."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from conftest import ROOT
from typer.testing import CliRunner

import dtemplates
from dtemplates.catalogue import ENTRIES
from dtemplates.cli import app
from dtemplates.formats.text import pictures

if TYPE_CHECKING:
    from collections.abc import Callable

    from standins.workplace import Workplace

README = (ROOT / "README.md").read_text("utf-8")
SETTINGS, PATCHES = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
CONSOLE = [
    line
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_settings_and_patches() -> None:
    for text in (SETTINGS, SETTINGS + PATCHES):
        manifests = dtemplates.render(dtemplates.parse(text))
        assert dtemplates.validate(manifests) == []
    (job,) = (one.documents[0] for one in manifests if one.file == "jobs/resnet.yaml")
    assert job["spec"]["runPolicy"]["suspend"] is True


def test_the_picture_is_what_is_shown() -> None:
    (picture,) = re.findall(r"```text\n(.*?)```", README, re.DOTALL)
    broken = SETTINGS.replace("[us-east-1c]", "[us-east-1b, us-east-1c]")
    with pytest.raises(dtemplates.SettingsError) as caught:
        dtemplates.parse(broken, name="dtemplates.yaml")
    assert pictures(caught.value.findings, color=False, width=100) == picture


def test_library(folder: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (folder / "dtemplates.yaml").write_text(SETTINGS, "utf-8")
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102 (our own text)
    assert (folder / "out" / "jobs" / "resnet.yaml").is_file()


def commands() -> list[list[str]]:
    """Arguments of our own commands, in their order."""
    parts = [part.strip() for line in CONSOLE for part in line.split("&&")]
    ours = [shlex.split(one, comments=True) for one in parts if one.startswith("dtemplates ")]
    return [arguments for _, *arguments in ours]


LOCAL = ("render", "validate", "explain", "cost", "init", "schema", "plan")
# These talk to AWS and the cluster, or to stand-ins for them.
OPERATING = ("doctor", "apply", "status", "diff", "logs", "scale", "delete")


def test_commands(folder: Path) -> None:
    local = [arguments for arguments in commands() if arguments[0] not in OPERATING]
    assert len(local) >= 4
    for arguments in local:
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == 0, (arguments, done.output)
    assert (folder / "out" / "cluster_config.yaml").is_file()


def test_commands_that_operate(workplace: Callable[..., Workplace]) -> None:
    place = workplace("current", SETTINGS)
    operating = [arguments for arguments in commands() if arguments[0] in OPERATING]
    assert [arguments[0] for arguments in operating] == list(OPERATING)
    for arguments in operating:
        asked = arguments[0] in ("apply", "delete", "scale")
        done = place.run(*arguments, *(["--yes"] if asked else []))
        assert done.code == 0, (arguments, done.output)
        assert "Traceback" not in done.output


def test_two_commands_do_all_the_set_up() -> None:
    main, tests = (line for line in CONSOLE if "pip install" in line)
    assert main == "python -m pip install . && dtemplates render --example current --output out"
    assert tests == "python -m pip install --editable '.[test]' && python -m pytest"
    gate = (ROOT / ".ci" / "run").read_text("utf-8")
    assert re.search(r"^python -m pytest", gate, re.MULTILINE)
    assert "--editable '.[test]'" in gate


def test_all_files_are_named() -> None:
    for entry in ENTRIES:
        name = "helm/mpijob/" if entry.file.startswith("helm/") else entry.file
        assert f"`{name}`" in README


def test_options_are_those_of_the_help() -> None:
    known = {
        option
        for command in (*LOCAL, *OPERATING)
        for option in re.findall(r"--[a-z-]+", CliRunner().invoke(app, [command, "--help"]).stdout)
    }
    prose = re.sub(r"```.*?```", "", README, flags=re.DOTALL)
    spans = re.findall(r"`([^`]+)`", prose)
    others = ("python", "pytest", "kubectl", "eksctl")
    ours = [one for one in (*spans, *CONSOLE) if not one.startswith(others)]
    said = set(re.findall(r"(?<![-\w|])--[a-z-]+", " ".join(ours)))
    assert len(said) >= 5
    assert said <= known


def test_short_enough() -> None:
    assert len(README.splitlines()) < 150
    assert yaml.safe_load(SETTINGS)["cluster"]["name"] == "demo"
