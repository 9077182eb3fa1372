from __future__ import annotations

import json
import subprocess
import sys
import time
import timeit
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from kubernetes_reading import canonical, helm_reads, kubectl_reads

from dtemplates.errors import InputError
from dtemplates.findings import Finding
from dtemplates.yaml_reader import YamlText, read_yaml
from dtemplates.yaml_writer import dump

HERE = Path(__file__).parent / "yaml"
FILES = sorted(HERE.glob("*/*.yaml"))
SCALARS = (HERE / "scalars.txt").read_text(encoding="utf-8").split()
MPIJOB = (HERE / "clean" / "mpijob.yaml").read_text(encoding="utf-8")

# Where a scalar may stand; what is behind it keeps each text a scalar of its own.
POSITIONS = {
    "value": "v: {}\n",
    "item": "v:\n  - {}\n",
    "key": "v:\n  {}: 1\n",
    "flow item": "v: [ {} , 1]\n",
    "flow value": "v: {{ a: {} , b: 1}}\n",
    "flow key": "v: {{ {} : 1}}\n",
}
TOKENS = [
    *["a", "b: ", "x y", "é", "😀", "1", "08", "1.5", "yes", "~", "''", ": ", ":", "- ", "-", ", "],
    *["\n", "\n  ", "\n    ", "\r\n", "{", "}", "[", "]", "'", '"', "|", "> ", "|-", "&x ", "*x"],
    *["!!str ", "!!int ", "!a ", "<<: ", "# c", "\t", "%", "@", "\\n", "\\u00e9"],
]
# Each example is a process, which reads hundreds of texts.
bounded = settings(max_examples=5, deadline=None, derandomize=True)


def attempt(text: str | bytes) -> tuple[tuple[Any, ...] | None, tuple[Finding, ...]]:
    """Return what is read, which is None if the text is refused, and all that is wrong."""
    try:
        read = read_yaml(text, "x.yaml")
    except InputError as error:
        return None, error.findings
    return read.documents, read.findings


def agrees(text: str, reading: dict[str, Any]) -> bool:
    """Return whether the text is read as helm reads it, or found wrong where helm refuses it."""
    documents, findings = attempt(text)
    if "Error" in reading:
        return bool(findings)
    return documents is not None and canonical(documents[0] if documents else {}) == canonical(
        reading
    )


def refusal(text: str | bytes) -> Finding:
    with pytest.raises(InputError) as caught:
        read_yaml(text, "x.yaml")
    (finding,) = caught.value.findings
    assert finding.file == "x.yaml"
    return finding


@pytest.fixture(scope="module")
def readings(helm: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Path, dict[str, Any]]:
    texts = [path.read_text(encoding="utf-8") for path in FILES]
    return dict(zip(FILES, helm_reads(helm, tmp_path_factory.mktemp("files"), texts), strict=True))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_document_is_read_as_kubernetes_reads_it(
    path: Path, readings: dict[Path, dict[str, Any]]
) -> None:
    text, reading = path.read_text(encoding="utf-8"), readings[path]
    assert agrees(text, reading), reading
    assert ("Error" in reading) == (path.parent.name == "refused")
    assert bool(attempt(text)[1]) == (path.parent.name != "clean")


@pytest.mark.parametrize("position", POSITIONS)
def test_a_scalar_is_read_as_helm_reads_it(position: str, helm: Path, tmp_path: Path) -> None:
    assert len(SCALARS) >= 200
    # The parser of Kubernetes knows no `?` in plain text between brackets.
    scalars = [text for text in SCALARS if "flow" not in position or not set("?{}") & set(text)]
    texts = [POSITIONS[position].format(text) for text in scalars]
    readings = helm_reads(helm, tmp_path, texts)
    assert len(readings) == len(texts)
    for text, reading in zip(texts, readings, strict=True):
        assert agrees(text, reading), (text, reading)
        assert bool(attempt(text)[1]) == ("Error" in reading), text


def test_scalars_are_read_as_kubectl_reads_them(kubectl: Path) -> None:
    texts = [text for text in SCALARS if not attempt(f"- {text}\n")[1]]
    assert len(texts) >= 200
    documents, _ = attempt("".join(f"- {text}\n" for text in texts))
    assert documents is not None
    for text, ours, theirs in zip(texts, documents[0], kubectl_reads(kubectl, texts), strict=True):
        assert canonical(ours) == canonical(theirs), text


@bounded
@given(
    texts=st.lists(
        st.text("0123456789+-._eExXoObBaAfFnNyYtT~:", min_size=1, max_size=9), min_size=200
    )
)
def test_whatever_looks_like_a_number_is_read_as_helm_reads_it(
    texts: list[str], helm: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    texts = [POSITIONS[position].format(text) for text in texts for position in ("value", "key")]
    readings = helm_reads(helm, tmp_path_factory.mktemp("numbers"), texts)
    pairs = zip(texts, readings, strict=True)
    assert [text for text, reading in pairs if not agrees(text, reading)] == []


@bounded
@given(texts=st.lists(st.lists(st.sampled_from(TOKENS), max_size=12).map("".join), min_size=200))
def test_whatever_looks_like_yaml_is_read_as_helm_reads_it(
    texts: list[str], helm: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    texts = [f"k: {text}" for text in texts]
    readings = helm_reads(helm, tmp_path_factory.mktemp("texts"), texts)
    pairs = zip(texts, readings, strict=True)
    assert [text for text, reading in pairs if not agrees(text, reading)] == []


@pytest.mark.parametrize("text", ['a: "\\/"\n', "a: [b?c]\n", "a: {b: c?}\n"])
def test_two_things_are_read_that_kubernetes_refuses(text: str, helm: Path, tmp_path: Path) -> None:
    assert attempt(text)[0] is not None
    assert "Error" in helm_reads(helm, tmp_path, [text])[0]


@pytest.mark.parametrize(
    ("text", "documents"),
    [
        ("", []),
        ("# nothing\n---\n# more\n---\n", []),
        ("~", []),
        ("a: 1\n---\n---\n- 2\n...\n---\nthree\n", [{"a": 1}, [2], "three"]),
        ("false\n--- 0\n--- ''\n--- {}\n--- []\n", [False, 0, "", {}, []]),
        ("\ufeffa: 1\n", [{"a": 1}]),
        (b"\xef\xbb\xbfa: \xc3\xa9\n", [{"a": "é"}]),
        ("\ufeffa: é😀\n".encode("utf-16-le"), [{"a": "é😀"}]),
        ("\ufeffa: é😀\n".encode("utf-16-be"), [{"a": "é😀"}]),
        ("a: 1\r\nb: |\r\n  x\r\n  y\r\n", [{"a": 1, "b": "x\ny\n"}]),
    ],
)
def test_a_stream_holds_its_documents_that_have_a_value(
    text: str | bytes, documents: list[Any]
) -> None:
    read = read_yaml(text, "x.yaml")
    assert list(read.documents) == documents
    assert read.findings == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [("1.0", int), ("1e3", int), ("08", int), ("-0.0", int), ("1.5", float), ("1e300", float)],
)
def test_a_number_without_fraction_is_an_integer(text: str, kind: type) -> None:
    (value,) = read_yaml(text, "x.yaml").documents
    assert type(value) is kind


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: 1\nb: 2\na: 3\n", [
            "x.yaml:3:1: error[DT001]: duplicate key 'a'; first given on line 1"
        ]),
        ("{a: 1,\n b: {é: 1, é: 2},\n a: 1}", [
            "x.yaml:2:12: error[DT001]: duplicate key 'é'; first given on line 2",
            "x.yaml:3:2: error[DT001]: duplicate key 'a'; first given on line 1",
        ]),
        ("a: 1\n\na: 2\n---\na: 1\na: 2\na: 3\n", [
            "x.yaml:3:1: error[DT001]: duplicate key 'a'; first given on line 1",
            "x.yaml:6:1: error[DT001]: duplicate key 'a'; first given on line 5",
            "x.yaml:7:1: error[DT001]: duplicate key 'a'; first given on line 5",
        ]),
        ("1: a\n'1': b\n", ["x.yaml:2:1: error[DT001]: duplicate key '1'; first given on line 1"]),
        ("on: a\ntrue: b\n", [
            "x.yaml:2:1: error[DT001]: duplicate key 'true'; first given on line 1"
        ]),
        ("- 1.0: a\n  1: b\n", [
            "x.yaml:2:3: error[DT001]: duplicate key '1'; first given on line 1"
        ]),
        ("&k a: 1\n*k : 2\n", [
            "x.yaml:2:1: error[DT001]: duplicate key 'a'; first given on line 1"
        ]),
        ("b: &b {x: 1}\nc: {<<: *b, x: 2}\nd: {x: 2, <<: *b}\ne: {<<: *b, <<: *b}\n", []),
        ("a: !Ref b\n", [
            "x.yaml:1:4: error[DT001]: tag '!Ref' means nothing to Kubernetes; "
            "delete the tag, or quote it with the text"
        ]),
        ("a: !Sub\n  - b\n", [
            "x.yaml:1:4: error[DT001]: tag '!Sub' means nothing to Kubernetes; delete it"
        ]),
        ("- .inf\n- -.inf\n- .nan\n", [
            "x.yaml:1:3: error[DT001]: JSON has no number .inf; quote it if it is text",
            "x.yaml:2:3: error[DT001]: JSON has no number -.inf; quote it if it is text",
            "x.yaml:3:3: error[DT001]: JSON has no number .nan; quote it if it is text",
        ]),
        ("a: {{ b }}\n", [
            "x.yaml:1:5: error[DT001]: a map or a list cannot be a key; quote it if it is text"
        ]),
        ("~: 1\n", ["x.yaml:1:1: error[DT001]: null cannot be a key; quote it if it is text"]),
        ("a: !!int x\n", [
            "x.yaml:1:4: error[DT001]: 'x' is no !!int; delete the tag, or quote it with the text"
        ]),
        ("a: !!binary /w==\n", [
            "x.yaml:1:4: error[DT001]: '/w==' is not the base64 of UTF-8 text; "
            "delete the tag, or quote it with the text"
        ]),
        ("<<: 1\n", ["x.yaml:1:5: error[DT001]: '<<' takes a map, or a list of maps"]),
    ],
)  # fmt: skip
def test_what_can_be_read_but_is_wrong_is_found_with_its_place(text: str, found: list[str]) -> None:
    assert [str(finding) for finding in read_yaml(text, "x.yaml").findings] == found


def test_what_is_found_wrong_is_still_json() -> None:
    text = "- .inf\n- {~: 1, [a]: 2}\n- !Ref 12\n- !Sub [b]\n- !!int c\n- {<<: 1, d: 2}\n"
    (document,) = read_yaml(text, "x.yaml").documents
    assert document == [".inf", {"null": 1, "['a']": 2}, "12", ["b"], "c", {"d": 2}]
    json.dumps(document, allow_nan=False)


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("é😀:\n\tb: 1\n", 2, 1, "YAML does not allow tabs for indentation"),
        ("é: 1\nb:\n  c: 1\n\td: 1\n", 4, 1, "YAML does not allow tabs for indentation"),
        ("a: [1, 2\nb: 3\n", 2, 2, "',' or ']' is missing, in what begins on line 1"),
        ("a: {b: 1\nc: 2\n", 2, 2, "',' or '}' is missing, in what begins on line 1"),
        ('😀: "b\nc: 1\n', 1, 4, "the quoted text has no end"),
        ("a: 'b\n---\n", 1, 4, "the quoted text has no end"),
        ("a: b: c\n", 1, 5, "':' is not allowed here"),
        ("a: - b\n", 1, 4, "'-' is not allowed here"),
        ("a: 1\nb\nc: 2\n", 2, 1, "this is neither a key with ':' nor part of a value"),
        ("\ufeffa: @b\n", 1, 4, "plain text cannot begin with this character"),
        ("a: %b\n", 1, 4, "plain text cannot begin with this character"),
        ("a:\r\n b: 1\r\n  c: 2\r\n", 3, 4, "':' is not allowed here"),
        ("- a\nb: 1\n", 2, 1, "this does not fit what stands above, in what begins on line 1"),
        ("a: 'b'c\n", 1, 7, "this does not fit what stands above"),
        ("a: 1\n---\nb: ]\n", 3, 4, "a value is missing here"),
        ('a: "\\q"\n', 1, 5, "this is no escape in double quotes"),
        ('a: "\\ud83d"\n', 1, 7, "this is no escape in double quotes"),
        ("a: *.txt\n", 1, 5, "a name has to follow '&' or '*'"),
        ("a: |b\n  c\n", 1, 5, "the text of '|' and '>' begins on a line of its own"),
        ("a: !e!b c\n", 1, 4, "the tag is not defined"),
        ("%YAML 1.2\n---\na: 1\n", 1, 1, "Kubernetes reads YAML 1.1 only"),
        ("%YAML 2.0\n---\na: 1\n", 1, 1, "Kubernetes reads YAML 1.1 only"),
        ("a: *b\n", 1, 4, "'*b' refers to no '&b' above"),
        ("a: &b 1\n---\na: *b\n", 3, 4, "'*b' refers to no '&b' above"),
        ("a: &b [*b]\n", 1, 8, "'&b' contains itself"),
        ("a: &b\n  c: {d: *b}\n", 2, 10, "'&b' contains itself"),
        ("a: 1\nb: \x01\n", 2, 4, "character U+0001 is not allowed"),
        ("a: é\x7f\n", 1, 5, "character U+007F is not allowed"),
        ("a: \x00", 1, 4, "character U+0000 is not allowed"),
        ("a: \ud800", 1, 4, "character U+D800 is not allowed"),
        ("a: \uffff", 1, 4, "character U+FFFF is not allowed"),
        ("a: @\nb: \x01\n", 2, 4, "character U+0001 is not allowed"),
        (b"a: 1\nb: \xc3\xa9\xff\n", 2, 5, "byte 0xff is not UTF-8"),
        (b"a: \xc3", 1, 4, "byte 0xc3 is not UTF-8"),
        (b"\xff\xfea\x00\n\x00b\x00c", 2, 2, "byte 0x63 is not UTF-16"),
        ("\ufeffa: 1\n".encode("utf-32-le"), 1, 1, "this is UTF-32"),
        ("\ufeffa: 1\n".encode("utf-32-be"), 1, 1, "this is UTF-32"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_place(
    text: str | bytes, line: int, column: int, message: str
) -> None:
    finding = refusal(text)
    assert (finding.line, finding.column, finding.message) == (line, column, message)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}"), ("{? ", "}")])
def test_nesting_has_a_limit(opening: str, closing: str) -> None:
    assert read_yaml(opening * 100 + "1" + closing * 100, "x.yaml").documents
    assert "more than 100 maps and lists" in refusal(opening * 101 + closing * 101).message


def test_aliases_cannot_nest_deeper_than_the_limit() -> None:
    text = f"a: &a {'[' * 60}{']' * 60}\nb: "
    assert read_yaml(f"{text}{'[' * 39}*a{']' * 39}", "x.yaml").documents
    finding = refusal(f"{text}{'[' * 40}*a{']' * 40}")
    assert (finding.line, finding.column) == (2, 44)
    assert "more than 100 maps and lists" in finding.message


@pytest.mark.parametrize("text", ["[", "{a: ", "- ", "? ", "[{a: "])
def test_a_million_levels_are_refused_in_no_time(text: str) -> None:
    start = time.perf_counter()
    assert "more than 100 maps and lists" in refusal(text * 1_000_000).message
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("levels", [7, 9, 80])
def test_an_alias_bomb_is_refused_in_no_time(levels: int) -> None:
    text = "- &a0 [x, x]\n" + "".join(
        f"- &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, levels)
    )
    start = time.perf_counter()
    assert refusal(text).message == "aliases repeat more than 1,000,000 values"
    assert time.perf_counter() - start < 5


def test_many_aliases_are_no_bomb() -> None:
    text = "a: &a [1, 2, 3]\nb: [" + "*a, " * 10_000 + "]\n"
    (document,) = read_yaml(text, "x.yaml").documents
    assert isinstance(document, dict)
    assert document["b"] == [[1, 2, 3]] * 10_000


def test_aliases_share_nothing() -> None:
    (document,) = read_yaml("a: &a {x: [1]}\nb: *a\nc: {<<: *a}\n", "x.yaml").documents
    assert isinstance(document, dict)
    document["a"]["x"].append(2)  # type: ignore[index,call-overload,union-attr]
    assert document == {"a": {"x": [1, 2]}, "b": {"x": [1]}, "c": {"x": [1]}}


@given(st.binary(max_size=60) | st.binary(max_size=30).map(lambda data: b"\xff\xfe" + data))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    documents, findings = attempt(data)
    assert documents is not None or findings
    json.dumps(documents, allow_nan=False)


@given(st.text(st.sampled_from("ab01.:-?[]{}&*!|>'\"%@`#,~<= \n\t\r\\é\x85\u2028\ufeff\ud800\0")))
def test_any_text_is_read_or_refused(text: str) -> None:
    documents, findings = attempt(text)
    assert documents is not None or findings
    assert all(finding.line and finding.column for finding in findings)
    json.dumps(documents, allow_nan=False)


POSITIONED = """\
# the é of a comment
a: 1
"b😀": [é, {c: d}]
list:
- x
-   - y
    - &anchor {k: v}
empty:
same: *anchor
<<: {m: {k: v}}
? long
: value
--- # second
- - p
"""


@pytest.mark.parametrize(
    ("path", "document", "value", "key"),
    [
        ((), 0, (2, 1), (2, 1)),
        (("a",), 0, (2, 4), (2, 1)),
        (("b😀",), 0, (3, 7), (3, 1)),
        (("b😀", 0), 0, (3, 8), (3, 8)),
        (("b😀", 1), 0, (3, 11), (3, 11)),
        (("b😀", 1, "c"), 0, (3, 15), (3, 12)),
        (("list",), 0, (5, 1), (4, 1)),
        (("list", 0), 0, (5, 3), (5, 3)),
        (("list", 1, 0), 0, (6, 7), (6, 7)),
        (("list", 1, 1, "k"), 0, (7, 19), (7, 16)),
        (("empty",), 0, (8, 7), (8, 1)),
        (("same",), 0, (9, 7), (9, 1)),
        (("same", "k"), 0, (7, 19), (7, 16)),
        (("m",), 0, (10, 5), (10, 1)),
        (("m", "k"), 0, (10, 13), (10, 10)),
        (("long",), 0, (12, 3), (11, 3)),
        ((), 1, (14, 1), (14, 1)),
        ((0, 0), 1, (14, 5), (14, 5)),
        # Where there is no such path, the nearest parent's place.
        (("nope",), 0, (2, 1), (2, 1)),
        (("a", "nope", 1), 0, (2, 4), (2, 1)),
        (("list", 9), 0, (5, 1), (4, 1)),
        (("list", -1), 0, (5, 1), (4, 1)),
        (("list", "x"), 0, (5, 1), (4, 1)),
        ((0,), 0, (2, 1), (2, 1)),
        (("a",), 2, (1, 1), (1, 1)),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_path_has_a_position(
    path: tuple[str | int, ...],
    document: int,
    value: tuple[int, int],
    key: tuple[int, int],
    newline: str,
    mark: str,
) -> None:
    text = read_yaml(mark + POSITIONED.replace("\n", newline), "x.yaml")
    assert text.position(path, document) == value
    assert text.position(path, document, key=True) == key


def paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    """Return all paths of a document to what is no map and no list."""
    if not isinstance(value, (dict, list)):
        return [(path, value)]
    items = value.items() if isinstance(value, dict) else enumerate(value)
    return [leaf for key, item in items for leaf in paths(item, (*path, key))]


def numbered(shape: Any) -> Any:
    """Return the shape with a text of its own, `"é7"`, for every key and leaf."""
    numbers = (f"é{number}" for number in range(1_000_000))

    def fill(part: Any) -> Any:
        if isinstance(part, list):
            return [fill(item) for item in part]
        if isinstance(part, dict):
            return {next(numbers): fill(item) for item in part.values()}
        return next(numbers)

    return fill(shape)


SHAPES = st.recursive(
    st.none(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.integers(0, 9), inner, max_size=4)
    ),
)


@given(shapes=st.lists(SHAPES, min_size=1, max_size=3), newline=st.sampled_from(["\n", "\r\n"]))
@pytest.mark.parametrize(
    "write",
    [
        dump,
        lambda value: f"# 😀\n{json.dumps(value, ensure_ascii=False, indent=1)}\n",
        lambda value: f"{json.dumps(value, ensure_ascii=False)}\n",
    ],
    ids=["block", "flow", "line"],
)
def test_positions_are_where_the_text_is(write: Any, shapes: list[Any], newline: str) -> None:
    documents = numbered(shapes)
    text = "---\n".join(map(write, documents)).replace("\n", newline)
    read = read_yaml(text, "x.yaml")
    assert list(read.documents) == documents
    lines = text.splitlines()
    for number, document in enumerate(documents):
        for path, leaf in paths(document):
            line, column = read.position(path, number)
            assert lines[line - 1][column - 1 :].startswith(f'"{leaf}"')
            if path and isinstance(path[-1], str):
                line, column = read.position(path, number, key=True)
                assert lines[line - 1][column - 1 :].startswith(f'"{path[-1]}":')


@pytest.mark.parametrize(
    ("path", "written"),
    [
        (("a",), "1.30"),
        (("b", 0), "on"),
        (("b", 1), None),
        (("c",), ""),
        (("b",), None),
        (("nope",), None),
        (("a", "nope"), None),
        ((), None),
    ],
)
def test_a_plain_scalar_is_known_as_it_is_written(
    path: tuple[str | int, ...], written: str | None
) -> None:
    assert read_yaml("a: 1.30\nb: [on, 'on']\nc:\n", "x.yaml").written(path) == written


def test_a_position_costs_one_reading() -> None:
    text = read_yaml("".join(f"k{number}: [{number}]\n" for number in range(5_000)), "x.yaml")
    start = time.perf_counter()
    found = [text.position((f"k{number}", 0)) for number in range(5_000)]
    assert time.perf_counter() - start < 2
    assert found == [(number + 1, len(f"k{number}: [") + 1) for number in range(5_000)]


WITHOUT_LIBYAML = """
import json, sys
sys.modules["yaml._yaml"] = None
import yaml
assert not yaml.__with_libyaml__
from dtemplates.errors import InputError
from dtemplates.yaml_reader import read_yaml
for text in json.load(sys.stdin):
    try:
        read = read_yaml(text, "x.yaml")
        found = [str(finding) for finding in read.findings], read.position(("a", "b"))
        print(json.dumps([read.documents, found]))
    except InputError as error:
        print(json.dumps([None, error.findings[0].line]))
"""


def test_without_libyaml_the_results_are_the_same() -> None:
    texts = [path.read_text(encoding="utf-8") for path in FILES]
    texts += [POSITIONS["value"].format(text) for text in SCALARS]
    texts += [
        POSITIONED,
        POSITIONED.replace("\n", "\r\n"),
        "\ufeffa: é\n",
        "a: \x01\n",
        "a: \ud83d\n",
    ]
    texts += ['a: "\\U00110000"\n', "[" * 10_000]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", WITHOUT_LIBYAML],
        input=json.dumps(texts),
        capture_output=True,
        check=True,
        encoding="utf-8",
        cwd=Path(__file__).parent.parent,
    )
    for text, line in zip(texts, done.stdout.splitlines(), strict=True):
        documents, findings = attempt(text)
        if documents is None:
            assert json.loads(line) == [None, findings[0].line], text
        else:
            found = [str(finding) for finding in findings]
            position = list(read_yaml(text, "x.yaml").position(("a", "b")))
            assert json.loads(line) == [list(documents), [found, position]], text


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML was built without libyaml")
def test_reading_takes_no_longer_than_with_pyyaml() -> None:
    text = MPIJOB * 4
    ours, theirs = (
        min(timeit.repeat(read, number=20, repeat=7, timer=time.thread_time))
        for read in (
            lambda: read_yaml(text, "x.yaml"),
            lambda: list(yaml.load_all(text, Loader=yaml.CSafeLoader)),
        )
    )
    assert ours < 1.1 * theirs


def test_a_text_is_a_value() -> None:
    text = read_yaml("a: 1\n", "x.yaml")
    assert text == YamlText("x.yaml", "a: 1\n", ({"a": 1},), ())
    with pytest.raises(AttributeError):
        text.name = "y.yaml"  # type: ignore[misc]
