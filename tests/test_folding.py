"""The same finding on many jobs is shown once, and nothing else is: each file tells what of it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

import dtemplates
from dtemplates.cli import app
from dtemplates.findings import Finding, Place
from dtemplates.folding import Fold, folded
from dtemplates.formats import text
from dtemplates.inspection import inspect

FOLDER = Path(__file__).parent / "folding"
FILES = sorted(FOLDER.glob("*.yaml"))
MARK = "#! "


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


def test_there_are_files() -> None:
    assert len(FILES) >= 9


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_shown(path: Path, request: pytest.FixtureRequest) -> None:
    lines = path.read_text("utf-8").splitlines()
    expected = [line.removeprefix(MARK) for line in lines if line.startswith(MARK)]
    report = inspect([path])
    shown = text.lines(report.findings).replace(f"{path}:", "").splitlines()
    said = [*shown, report.summary()]
    if request.config.getoption("--update-golden"):
        body = [line for line in lines if not line.startswith(MARK)]
        path.write_text("\n".join([*body, *(MARK + line for line in said)]) + "\n", "utf-8")
        return
    assert said == expected
    # A picture each, too.
    assert text.pictures(report.findings, color=False, width=80).count(" --> ") == len(shown)


def error_of(path: Path) -> dtemplates.DTemplatesError:
    try:
        settings = dtemplates.load(path)
    except dtemplates.SettingsError as error:
        return error
    return dtemplates.InvalidManifests(dtemplates.validate(dtemplates.render(settings)))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_library_has_all_and_errors_say_it_once(path: Path) -> None:
    error = error_of(path)
    assert set(error.findings) <= set(inspect([path]).findings)
    assert str(error) + "\n" == text.lines(error.findings)
    for fold in folded(error.findings):
        assert len({one.job for one in fold.findings}) == len(fold.findings)


LIMITS = FOLDER / "limits.yaml"


def test_every_command_shows_it_once(tmp_path: Path) -> None:
    shown = run("validate", LIMITS)
    assert shown.exit_code == 1
    line, summary = shown.stdout.splitlines()
    assert "(20 jobs: resnet-8-run1, resnet-8-run2, resnet-8-run3 and 17 more)" in line
    assert summary == "24 documents: 4 valid, 20 invalid; 1 error"
    refused = run("render", "--settings", LIMITS, "--output", tmp_path / "out")
    assert (refused.exit_code, refused.stdout, refused.stderr) == (1, "", f"{line}\n")
    allowed = run("render", "--settings", LIMITS, "--allow-invalid")
    assert (allowed.exit_code, allowed.stderr) == (0, f"{line}\n")
    planned = run("plan", "--settings", LIMITS)
    assert planned.stderr.count("DT404") == 1
    assert run("validate", LIMITS, "--format", "github").stdout.count("\n") == 1


def test_programs_learn_of_every_job() -> None:
    document = json.loads(run("validate", LIMITS, "--format", "json").stdout)
    assert document["counts"] == {"error": 1, "warning": 0, "info": 0}
    (finding,) = document["findings"]
    names = [job.name for job in dtemplates.load(LIMITS).jobs]
    assert [one["name"] for one in finding["jobs"]] == names
    assert [one["rendered"]["file"] for one in finding["jobs"]] == [f"jobs/{n}.yaml" for n in names]


def test_manifests_made_elsewhere_are_files_of_their_own(tmp_path: Path) -> None:
    run("render", "--settings", LIMITS, "--allow-invalid", "--output", tmp_path)
    found = inspect([tmp_path]).findings
    assert len(found) == len(text.lines(found).splitlines()) == 20


def matrix(runs: int, rest: str) -> str:
    return (
        "cluster: {name: demo, region: us-east-1}\njobs:\n  - name: r-${{ matrix.run }}\n"
        f"    matrix: {{run: {list(range(runs))}}}\n    command: [a]\n    {rest}\n"
    )


def test_each_mistake_of_a_matrix_counts_once() -> None:
    """No more than 200 mistakes are listed, whatever the number of jobs that have them."""
    with pytest.raises(dtemplates.SettingsError) as many:
        dtemplates.parse(matrix(300, "wrokers: 1"), name="a.yaml")
    jobs = "(300 jobs: r-0, r-1, r-2 and 297 more)"
    assert str(many.value).splitlines() == [
        f"a.yaml:3:5: error[DT002]: jobs.0.image: this setting is required {jobs}",
        f"a.yaml:6:5: error[DT002]: jobs.0.wrokers: there is no such setting {jobs}; "
        "did you mean 'workers'?",
    ]
    assert len(many.value.findings) == 600
    assert many.value.rest is not None
    with pytest.raises(dtemplates.SettingsError) as various:
        dtemplates.parse(matrix(300, 'image: a\n    workers: "${{ matrix.run }}x"'), name="a.yaml")
    lines = str(various.value).splitlines()
    assert len(lines) == 201
    assert '"0x" is not a whole number (job r-0)' in lines[0]
    assert lines[-1] == "a.yaml: error[DT002]: 100 more mistakes are not listed"


def test_more_jobs_than_can_be_mended_are_told_all_the_same() -> None:
    with pytest.raises(dtemplates.SettingsError) as caught:
        dtemplates.parse(matrix(2001, "image: 1"), name="a.yaml")
    assert "(2001 jobs: r-0, r-1, r-2 and 1998 more)" in str(caught.value)
    assert caught.value.rest is None


def test_an_override_of_all_jobs_is_one() -> None:
    text = matrix(3, "image: a\n    gpus: 8")
    with pytest.raises(dtemplates.SettingsError) as caught:
        dtemplates.parse(text, overrides=["jobs.0.gpus=many"])
    assert str(caught.value) == (
        '--set jobs.0.gpus=many: error[DT002]: jobs.0.gpus: "many" is not a whole number '
        "(3 jobs: r-0, r-1, r-2)"
    )


def test_jobs_that_are_written_out_have_places_of_their_own() -> None:
    job = {"image": "a", "command": ["b"], "gpus": "many"}
    document = {
        "cluster": {"name": "demo", "region": "us-east-1"},
        "job_defaults": {"shm_size": "many"},
        "jobs": [job | {"name": "a"}, job | {"name": "b"}],
    }
    with pytest.raises(dtemplates.SettingsError) as caught:
        dtemplates.build(document)
    told = [line.partition("settings: error[DT002]: ")[2] for line in str(caught.value).split("\n")]
    assert sorted(told) == [
        'job_defaults.shm_size: "many" is not a size such as 64Gi, or "0" for none (2 jobs: a, b)',
        'jobs.0.gpus: "many" is not a whole number',
        'jobs.1.gpus: "many" is not a whole number',
    ]


def about(job: str, message: str, remedy: str = "", line: int = 1) -> Finding:
    return Finding(message, "a.yaml", line, 1, ("jobs", 0), remedy, id="DT404", job=job)


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["a"], "is wrong (job a)"),
        (["a", "b"], "is wrong (2 jobs: a, b)"),
        (["a", "b", "c", "d"], "is wrong (4 jobs: a, b, c, d)"),
        (["a", "b", "c", "d", "e"], "is wrong (5 jobs: a, b, c and 2 more)"),
    ],
)
def test_how_many_and_the_first(names: list[str], shown: str) -> None:
    (fold,) = folded(about(name, "is wrong") for name in names)
    assert fold.shown.message == shown
    assert str(fold) == f"a.yaml:1:1: error[DT404]: jobs.0: {shown}"


def test_one_job_is_named_once() -> None:
    named = about("resnet", "job 'resnet' runs nothing")
    rendered = Finding("is wrong", "a.yaml", 1, job="r", rendered=Place("jobs/r.yaml"))
    for finding in (named, rendered, Finding("is wrong", "a.yaml", 1)):
        (fold,) = folded([finding])
        assert (fold.jobs, fold.shown, str(fold)) == ("", finding, str(finding))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (about("a", "is not a number"), about("b", "is not a number")),
        (about("a", "'a' is taken"), about("b", "'a' is taken")),
        (about("8", "is wrong"), about("16", "is wrong")),
        (about("r-1", "r-1-worker-3 is wrong"), about("r-2", "r-2-worker-3 is wrong")),
        (about("r", "is wrong", "mend jobs/r.yaml"), about("s", "is wrong", "mend jobs/s.yaml")),
    ],
)
def test_what_differs_in_the_name_alone_is_one(one: Finding, other: Finding) -> None:
    assert folded([one, other]) == [Fold((one, other))]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (about("r-8", "r-8 asks for 8"), about("r-16", "r-16 asks for 16")),
        (about("8", "does not take 8 GPUs"), about("16", "does not take 16 GPUs")),
        (about("a", "is wrong", "give 8"), about("b", "is wrong", "give 16")),
        (about("a", "is wrong", line=1), about("b", "is wrong", line=2)),
        (about("a", "is wrong"), about("a", "is wrong")),
        (about("a", "a is wrong"), about("b", "a, too, is wrong")),
        (about("r.1", "rx1 is wrong"), about("r.2", "rx2 is wrong")),
        (Finding("is wrong", "jobs/a.yaml", 1), Finding("is wrong", "jobs/b.yaml", 1)),
    ],
)
def test_what_differs_stays_apart(one: Finding, other: Finding) -> None:
    assert folded([one, other]) == [Fold((one,)), Fold((other,))]


def named(words: str, name: str) -> str:
    return words.replace("{}", name)


NAMES = st.sampled_from(["train", "train-big", "big", "r-1", "r-2", "gpu", "8", "16", "node-8"])
WORDS = st.lists(
    st.sampled_from(["{}", "{}-worker-3", "jobs/{}.yaml", "asks", "8", "16", "gpu", "train"])
).map(" ".join)
FINDINGS = st.builds(
    lambda job, words, remedy, line: about(job, named(words, job), named(remedy, job), line),
    NAMES,
    WORDS,
    WORDS,
    st.integers(1, 2),
)


@given(st.lists(FINDINGS))
def test_nothing_is_lost(findings: list[Finding]) -> None:
    folds = folded(findings)
    assert Counter(one for fold in folds for one in fold.findings) == Counter(findings)
    firsts = [findings.index(fold.first) for fold in folds]
    assert firsts == sorted(firsts)
    for fold in folds:
        jobs = [one.job for one in fold.findings]
        assert len(set(jobs)) == len(jobs)
        assert len({one.place for one in fold.findings}) == 1


@given(st.lists(NAMES, unique=True, min_size=1), WORDS)
def test_the_same_words_but_for_the_name_are_one(names: list[str], words: str) -> None:
    # A word that is a name by itself, or all digits, may keep one apart; never two together.
    plain = [name for name in names if name not in ("train", "gpu", "8", "16")]
    folds = folded(about(name, named(words, name)) for name in plain)
    assert len(folds) == min(len(plain), 1)
