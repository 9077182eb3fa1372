"""The command line as its user meets it: what goes to stdout, what to stderr, and the exit code."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from typer.testing import CliRunner, Result

import dtemplates
from dtemplates.cli import app

# Each line repeats the one before twice: two to the power of forty values in 600 bytes.
BOMB = b"a0: &a0 x\n" + b"".join(
    b"a%d: &a%d [*a%d, *a%d]\n" % (n, n, n - 1, n - 1) for n in range(1, 41)
)
SETTINGS = "cluster: {name: demo, region: us-east-1}\n"


def run(*arguments: str | Path, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments], input=stdin)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_version() -> None:
    assert run("--version").stdout == f"dtemplates {dtemplates.__version__}\n"


@pytest.mark.parametrize("command", ["init", "render", "validate", "schema"])
def test_help_explains_each_option(command: str) -> None:
    assert f"\n  {command} " in run("--help").stdout
    text = run(command, "--help").stdout
    assert "Usage: " in text
    for line in re.findall(r"^  +(?:-\w, )?--\S.*", text, re.MULTILINE):
        options, _, said = line.strip().partition("  ")
        assert said.strip() or options in text.replace("\n", " "), line


def test_heavy_imports_wait() -> None:
    """`--help` and `--version` load none of what only rendering needs."""
    code = (
        "import sys\nfrom dtemplates.cli import app\n"
        "try: app(['--help'])\nexcept SystemExit: pass\n"
        "print(sorted({'jinja2', 'jsonschema', 'yaml', 'kubernetes_validate'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_first_steps(folder: Path) -> None:
    """init, validate, render: what the starter says of itself is so."""
    started = run("init")
    assert (started.exit_code, started.stdout) == (0, "")
    assert started.stderr == "dtemplates.yaml: written\ndtemplates.schema.json: written\n"
    first = (folder / "dtemplates.yaml").read_text("utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=./dtemplates.schema.json"
    assert (folder / "dtemplates.schema.json").read_text("utf-8") == run("schema").stdout
    checked = run("validate")
    assert (checked.exit_code, checked.stderr) == (0, "")
    assert re.fullmatch(r"\d+ documents: \d+ valid\n", checked.stdout)
    rendered = run("render", "--output", "out")
    assert (rendered.exit_code, rendered.stdout) == (0, "")
    assert re.fullmatch(r"out: \d+ created\n", rendered.stderr)
    assert run("validate", "out").exit_code == 0
    again = run("render", "--output", "out")
    assert re.fullmatch(r"out: \d+ unchanged\n", again.stderr)


def test_init_keeps_what_is_there(folder: Path) -> None:
    (folder / "dtemplates.yaml").write_text("mine")
    refused = run("init")
    assert refused.exit_code == 1
    assert "dtemplates.yaml: error: is there already" in refused.stderr
    assert (folder / "dtemplates.yaml").read_text() == "mine"
    assert run("init", "other.yaml", "--stack", "classic").exit_code == 0
    assert run("validate", "other.yaml").exit_code == 0


def test_init_where_nothing_can_be_written(folder: Path) -> None:
    refused = run("init", "no/such/folder/dtemplates.yaml")
    assert refused.exit_code == 1
    assert "cannot be written" in refused.stderr


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (".", "is a folder, not a file"),
        ("", "is a folder, not a file"),
        ("dtemplates.schema.json", "is where the schema goes"),
    ],
)
def test_init_refuses(folder: Path, path: str, message: str) -> None:
    done = run("init", path)
    assert done.exit_code == 1
    assert message in done.stderr
    assert list(folder.iterdir()) == []


def test_init_leaves_a_schema_that_is_not_ours(folder: Path) -> None:
    (folder / "dtemplates.schema.json").write_text("mine")
    assert "not ours" in run("init").stderr
    assert [path.name for path in folder.iterdir()] == ["dtemplates.schema.json"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_stdout_that_is_full() -> None:
    command = [sys.executable, "-m", "dtemplates", "render", "--example", "current"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == "<stdout>: error: cannot be written: No space left on device\n"


def test_pipes_in_folders_are_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "a.yaml")
    done = run("validate", folder)
    assert done.exit_code == 2
    assert "holds no .yaml" in done.stdout


def test_many_mistakes_are_told_in_bounds(folder: Path) -> None:
    text = SETTINGS + "jobs:\n" + "  - {}\n" * 12_000
    (folder / "dtemplates.yaml").write_text(text)
    lines = run("render").stderr.splitlines()
    assert len(lines) == 201
    assert lines[-1].endswith("more mistakes are not listed")


def test_render_streams_each_document_under_its_file(folder: Path) -> None:
    done = run("render", "--example", "classic")
    assert done.exit_code == 0
    assert done.stderr.startswith("note: there are no schemas for Kubernetes 1.13; ")
    documents = list(yaml.safe_load_all(done.stdout))
    sources = re.findall(r"^---\n# Source: (\S+)$", done.stdout, re.MULTILINE)
    assert len(sources) == len(documents) > 10
    assert sources[0] == "cluster_config.yaml"
    assert sources.count("tiller_rbac_config.yaml") == 2


def test_render_to_a_pipe_that_closes(folder: Path) -> None:
    command = f"{sys.executable} -m dtemplates render --example current | head -n 1"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["sh", "-c", command], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("---\n", "")


def test_examples_are_listed() -> None:
    listed = run("render", "--example", "list").stdout.split()
    assert {"classic", "current"} < set(listed)
    wrong = run("render", "--example", "curent")
    assert wrong.exit_code == 2
    assert "did you mean 'current'?" in wrong.stderr


def test_an_example_is_no_settings_file(folder: Path) -> None:
    done = run("render", "--example", "current", "--settings", "mine.yaml")
    assert done.exit_code == 2
    assert "an example has settings of its own" in done.stderr


def test_only(folder: Path) -> None:
    done = run("render", "--example", "classic", "--only", "pv_fsx", "--only", "jobs/*")
    assert re.findall(r"# Source: (\S+)", done.stdout) == ["pv_fsx.yaml", "jobs/maskrcnn.yaml"]
    wrong = run("render", "--example", "classic", "--only", "pv")
    assert wrong.exit_code == 2
    assert "pv: error: fits no manifest; there are: cluster_config.yaml," in wrong.stderr


def test_only_leaves_the_rest_of_the_folder(folder: Path) -> None:
    run("render", "--example", "classic", "--output", "out")
    before = set(Path("out").rglob("*.yaml"))
    done = run("render", "--example", "classic", "--only", "pv_fsx", "--output", "out")
    assert done.stderr.splitlines()[-1] == "out: 1 unchanged"
    assert set(Path("out").rglob("*.yaml")) == before
    assert run("render", "--example", "classic", "--output", "out").exit_code == 0


def test_names_alone(folder: Path) -> None:
    listed = run("render", "--example", "matrix", "--list")
    assert (listed.exit_code, listed.stderr) == (0, "")
    rendered = run("render", "--example", "matrix").stdout
    assert listed.stdout.splitlines() == list(
        dict.fromkeys(re.findall(r"^# Source: (\S+)$", rendered, re.MULTILINE))
    )
    some = run("render", "--example", "matrix", "--only", "jobs/maskrcnn-16x4-run*", "--list")
    assert some.stdout == "".join(f"jobs/maskrcnn-16x4-run{run}.yaml\n" for run in range(1, 6))
    wrong = run("render", "--example", "matrix", "--only", "job/*", "--list")
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert "job/*: error: fits no manifest; there are: cluster_config.yaml," in wrong.stderr
    assert list(folder.iterdir()) == []


def test_names_are_not_written(folder: Path) -> None:
    done = run("render", "--example", "current", "--list", "--output", "out")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "names are printed, and not written" in done.stderr
    assert list(folder.iterdir()) == []


def test_names_of_what_waits_are_told_apart(folder: Path) -> None:
    listed = run("render", "--example", "fsx-stack", "--list")
    rendered = run("render", "--example", "fsx-stack", "--output", "out")
    notes = [line for line in rendered.stderr.splitlines() if line.startswith("note: ")]
    assert listed.stderr.splitlines() == notes
    assert "pv_fsx.yaml" not in listed.stdout.split()
    pending = run("render", "--example", "fsx-stack", "--only", "pv_fsx", "--list")
    assert (pending.exit_code, pending.stdout) == (0, "")
    assert pending.stderr.startswith("note: pv_fsx.yaml waits until ")
    other = run("render", "--example", "fsx-stack", "--only", "pvc_fsx", "--list")
    assert (other.stdout, other.stderr) == ("pvc_fsx.yaml\n", "")


def test_names_with_templates_of_ones_own(folder: Path) -> None:
    (folder / "mine" / "more").mkdir(parents=True)
    (folder / "mine" / "pv_fsx.yaml.j2").write_text("kind: {{ cluster.name }}\n")
    # What cannot be rendered still has its name; render tells what is wrong with it.
    (folder / "mine" / "more" / "a\x1b[2J.yaml.j2").write_text("{{ nothing }}\n")
    done = run("render", "--example", "current", "--templates", "mine", "--list")
    names = done.stdout.splitlines()
    assert names[-1] == r"more/a\x1b[2J.yaml"
    assert names[:-1] == run("render", "--example", "current", "--list").stdout.splitlines()
    missing = run("render", "--example", "current", "--templates", "none", "--list")
    assert missing.exit_code == 2
    assert "there is no such folder" in missing.stderr


def test_names_of_wrong_settings(folder: Path) -> None:
    (folder / "dtemplates.yaml").write_text(f"{SETTINGS}jobs: [{{name: A}}]\n")
    done = run("render", "--list")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "error[DT002]: jobs.0.name: " in done.stderr


def test_stale_files_go_and_others_stay(folder: Path) -> None:
    run("render", "--example", "classic", "--output", "out")
    (folder / "out" / "mine.txt").write_text("mine")
    done = run("render", "--example", "current", "--output", "out")
    assert done.exit_code == 0
    assert " removed" in done.stderr
    assert not (folder / "out" / "tiller_rbac_config.yaml").exists()
    assert (folder / "out" / "mine.txt").read_text() == "mine"


def test_edited_files_are_not_overwritten_unasked(folder: Path) -> None:
    run("render", "--example", "current", "--output", "out")
    edited = folder / "out" / "pv_fsx.yaml"
    edited.write_text("edited")
    command = ["render", "--example", "current", "--set", "fsx.capacity=1200Gi", "--output", "out"]
    refused = run(*command)
    assert refused.exit_code == 1
    assert "pv_fsx.yaml: error: was edited since dtemplates wrote it" in refused.stderr
    assert edited.read_text() == "edited"
    assert run(*command, "--overwrite").exit_code == 0
    assert "1200Gi" in edited.read_text()


def test_what_waits_is_told(folder: Path) -> None:
    done = run("render", "--example", "fsx-stack", "--output", "out")
    assert done.exit_code == 0
    note = done.stderr.splitlines()[-1]
    assert note.startswith("note: pv_fsx.yaml waits until the stack of fsx_stack.yaml is deployed")
    assert "--set fsx.file_system_id=" in note
    assert not (folder / "out" / "pv_fsx.yaml").exists()
    assert (folder / "out" / "pvc_fsx.yaml").exists()


def test_settings_from_stdin() -> None:
    done = run("render", "--settings", "-", stdin=SETTINGS)
    assert done.exit_code == 0
    assert "name: demo" in done.stdout
    wrong = run("render", "--settings", "-", stdin="cluster: {}\n")
    assert wrong.exit_code == 2
    assert wrong.stderr.startswith("<stdin>:1:10: error[DT002]: cluster.name: ")


def test_five_mistakes_are_five_errors_with_lines(folder: Path) -> None:
    path = ROOT / "tests" / "settings" / "bad" / "five_mistakes.yaml"
    commands: list[list[str | Path]] = [["render", "--settings", path], ["validate", path]]
    for arguments in commands:
        done = run(*arguments)
        said = (done.stdout + done.stderr).splitlines()
        lines = [int(one.split(":")[1]) for one in said if ": error[DT" in one]
        assert lines == [5, 12, 13, 15, 17]
        assert done.exit_code == (2 if arguments[0] == "render" else 1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"# only comments\n", "holds no settings, only comments"),
        (b"- a\n", "is not a mapping of settings"),
        (b"just text", "is not a mapping of settings"),
        (b"a: 1\n---\nb: 2\n", "holds 2 YAML documents"),
        (b"cluster: {name: \xff\xfe}\n", "UTF-8"),
        (b"a: [1, 2\n", "settings.yaml:"),
        (b"x" * (5 * 2**20), "is larger than 4 MiB"),
        (b"a: " + b"[" * 100_000, "more than 100 maps and lists inside one another"),
        (BOMB, "repeat"),
    ],
)
def test_unreadable_settings_get_one_clear_error(
    folder: Path, content: bytes, message: str
) -> None:
    (folder / "settings.yaml").write_bytes(content)
    done = run("render", "--settings", "settings.yaml")
    assert (done.exit_code, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("settings.yaml:")
    assert message in line


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("missing.yaml", "there is no such file; `dtemplates init` writes one to start from"),
        (".", "is a folder, not a file"),
    ],
)
def test_no_settings_file(folder: Path, path: str, message: str) -> None:
    done = run("render", "--settings", path)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


def test_terminal_escapes_are_not_passed_on(folder: Path) -> None:
    (folder / "settings.yaml").write_text('cluster: {name: "\\e]0;x\\a\\n", region: us-east-1}\n')
    done = run("render", "--settings", "settings.yaml")
    assert done.exit_code == 2
    assert "\x1b" not in done.stderr
    assert "\x07" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_invalid_manifests_are_not_written(folder: Path) -> None:
    patch = "patches: [{target: {kind: ClusterConfig}, merge: {metadata: {regoin: x}}}]\n"
    (folder / "dtemplates.yaml").write_text(SETTINGS + patch)
    done = run("render", "--output", "out")
    assert (done.exit_code, done.stdout) == (1, "")
    place = "(in cluster_config.yaml: metadata.regoin)"
    assert f"metadata.regoin: there is no such field {place}; did you mean" in done.stderr
    assert not (folder / "out").exists()
    assert run("validate").exit_code == 1
    allowed = run("render", "--output", "out", "--allow-invalid")
    assert allowed.exit_code == 0
    assert "regoin" in allowed.stderr
    assert "regoin: x" in (folder / "out" / "cluster_config.yaml").read_text()


def test_schemas() -> None:
    for name in run("schema", "list").stdout.split():
        assert run("schema", name).stdout.startswith("{\n")
    wrong = run("schema", "setings")
    assert wrong.exit_code == 2
    assert "did you mean 'settings'?" in wrong.stderr
