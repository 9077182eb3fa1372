from __future__ import annotations

import math
import subprocess
import sys
from enum import Enum, IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from kubernetes_reading import canonical, helm_reads, kubectl_reads
from markupsafe import Markup
from ruamel.yaml import YAML

from dtemplates.yaml_reader import read_yaml
from dtemplates.yaml_writer import UnwritableValue, dump, scalar, toyaml

if TYPE_CHECKING:
    from collections.abc import Callable

# What YAML 1.1, YAML 1.2, Kubernetes or a reader in a hurry may take for something else.
WORDS = (Path(__file__).parent / "yaml" / "strings.txt").read_text(encoding="utf-8").split("\n")
LINES = [
    *[
        "",
        " ",
        "  x",
        "x ",
        "a: b",
        "a :b",
        "x #y",
        "- x",
        "? x",
        ": x",
        "\t",
        "a\tb",
        "\n",
        "\n\n",
    ],
    *[
        "a\n",
        "a\nb",
        "a\nb\n",
        "a\n\nb\n",
        "a\n\n\n\nb",
        "\na",
        "a\n\n",
        " a\nb",
        "a\n b",
        "a\n  \nb",
    ],
    *[
        "a\nb ",
        "a\n\t",
        "\ta\nb",
        "a\n\tb",
        "a\rb",
        "a\r\nb",
        "a\x85b",
        "a\u2028b",
        "a\u2029b",
        "\xa0",
    ],
    *[
        "\ufeff",
        "a\ufeffb\nc",
        "\0",
        "\x01\n\x02",
        "\x1b[0m",
        "\x7f",
        "\x9f",
        "\ufffe",
        "\uffff",
        "\ufffd",
    ],
    *[
        "---\na: b\n",
        "a\n---\nb\n",
        "a\n...\nb",
        "- a\n- b\n",
        "%a\nb",
        "|\n",
        ">\n  x",
        "yes\nno\n",
    ],
    *["\"\n'", "\\\n\\", "{{ a }}\n{% b %}", "x" * 121, "x" * 5_000, "x " * 3_000, "😀" * 400],
    '#!/bin/sh\nset -e\n\nif true; then\n  echo "a: b"  # no comment\nfi\n',
]
NASTY = [*WORDS, *LINES]

texts = (
    st.text(st.characters(exclude_categories=["Cs"]))
    | st.text(
        st.sampled_from("ab01yn.:-_+ \n\t\r'\"\\#,[]{}&*!|>%@`?~=<é😀\x85\xa0\u2028\ufeff\x00\x7f")
    )
    # Names, paths, options and sizes: what is written plain, and what is nearly that.
    | st.from_regex(r"(--?|/)?[-a-fA-F0-9xonyinOEKMi_./=:]{0,12}", fullmatch=True)
)
keys = texts.filter(lambda text: len(str(scalar(text))) <= 1024)
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
    | st.sampled_from(NASTY)
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)

RUAMEL = YAML(typ="safe", pure=True)
READERS: dict[str, Callable[[str], Any]] = {
    "dtemplates": lambda text: read_yaml(text, "x.yaml").documents,
    "PyYAML": lambda text: tuple(yaml.load_all(text, Loader=yaml.SafeLoader)),
    "libyaml": lambda text: tuple(
        yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    ),
    "ruamel": lambda text: tuple(RUAMEL.load_all(text)),
}


def assert_reads(text: str, value: Any) -> None:
    """All readers see this value in the text, also what is nothing to Kubernetes."""
    for name, read in READERS.items():
        documents = read(text) or (None,)
        assert canonical(list(documents)) == canonical([value]), (name, text)


def render(source: str, **names: Any) -> str:
    environment = jinja2.Environment(  # noqa: S701  (YAML is rendered, not HTML)
        finalize=scalar, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.filters["toyaml"] = toyaml
    return environment.from_string(source).render(**names) + "\n"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("demo", "demo"),
        ("us-east-1a", "us-east-1a"),
        ("docker.io/me/resnet:1.0", "docker.io/me/resnet:1.0"),
        ("arn:aws:iam::1:role/x", '"arn:aws:iam::1:role/x"'),
        ("x" * 120, "x" * 120),
        ("x" * 121, f'"{"x" * 121}"'),
        ("", '""'),
        ("on", '"on"'),
        ("Y", '"Y"'),
        ("nUlL", '"nUlL"'),
        ("NaN", '"NaN"'),
        ("1.30", '"1.30"'),
        ("0644", '"0644"'),
        ("2026-11-23", '"2026-11-23"'),
        ("a:", '"a:"'),
        ("a b", '"a b"'),
        ("a\tb\n", '"a\\tb\\n"'),
        ('say "hi" \\', '"say \\"hi\\" \\\\"'),
        ("é 日本 😀 /", '"é 日本 😀 /"'),
        ("\0\x7f\x85\xa0\u2028\ufeff", '"\\u0000\\u007f\\u0085\\u00a0\\u2028\\ufeff"'),
        (True, "true"),
        (False, "false"),
        (None, "null"),
        (-8, "-8"),
        (2**64 - 1, "18446744073709551615"),
        (1.0, "1.0"),
        (1e16, "1.0e+16"),
        (1.5e-7, "1.5e-07"),
        (5e-324, "5.0e-324"),
        (-0.0, "-0.0"),
        ([], "[]"),
        ({}, "{}"),
        ([1, "on", [None]], '[1, "on", [null]]'),
        (("a", "b"), "[a, b]"),
        ({"a": 1, "on": {"c d": []}}, '{a: 1, "on": {"c d": []}}'),
    ],
)
def test_a_value_is_written_in_flow_style(value: object, written: str) -> None:
    assert scalar(value) == written
    assert_reads(written, list(value) if isinstance(value, tuple) else value)


class Word(str, Enum):
    ON = "on"
    DEMO = "demo"


class Count(IntEnum):
    EIGHT = 8


@pytest.mark.parametrize("write", [scalar, toyaml, lambda value: dump(value).rstrip()])
def test_members_of_an_enum_are_their_values(write: Any) -> None:
    assert [write(member) for member in (*Word, *Count)] == ['"on"', "demo", "8"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (math.nan, "JSON has no number nan"),
        (-math.inf, "JSON has no number -inf"),
        (2**64, "18446744073709551616 does not fit 64 bits"),
        (-(2**63) - 1, "-9223372036854775809 does not fit 64 bits"),
        ("a\ud800", "'a\\ud800' holds half a character"),
        ("a\nb\ud800", "'a\\nb\\ud800' holds half a character"),
        ({1: "a"}, "the key 1 is not text"),
        ({None: "a"}, "the key None is not text"),
        ({"x" * 1025: 1}, "the key 'xxxxxxxxxxxx...xxxxxxxxxxxxx' has more than 1024 characters"),
        (b"x", "JSON has no values of type bytes"),
        ({1, 2}, "JSON has no values of type set"),
        (Path("x"), f"JSON has no values of type {type(Path()).__name__}"),
        (object(), "JSON has no values of type object"),
    ],
)
@pytest.mark.parametrize("write", [scalar, toyaml, dump])
@pytest.mark.parametrize("wrap", [lambda value: value, lambda value: [{"k": value}]])
def test_what_json_does_not_have_is_refused(
    write: Any, wrap: Any, value: object, message: str
) -> None:
    with pytest.raises(UnwritableValue) as caught:
        write(wrap(value))
    assert str(caught.value) == message
    assert isinstance(caught.value, ValueError)


def test_a_key_may_be_as_long_as_yaml_allows(helm: Path, tmp_path: Path) -> None:
    document = {"x" * 1022: {"é" * 1022: 1}, " ": [{"\0" * 170: 1}]}
    texts = [dump(document), f"{scalar(document)}\n"]
    for text in texts:
        assert_reads(text, document)
    assert helm_reads(helm, tmp_path, texts) == [document, document]


def test_what_is_yaml_already_is_left_alone() -> None:
    assert scalar(Markup("a: [b")) == "a: [b"
    assert render("v: {{ '[1, on]' | safe }}") == "v: [1, on]\n"
    assert render("v: {{ ['on'] | toyaml | toyaml }}") == 'v: - "on"\n'


@pytest.mark.parametrize("source", ["{{ nope }}", "{{ nope | toyaml }}", "{{ a.nope }}"])
def test_an_undefined_name_is_left_to_jinja(source: str) -> None:
    with pytest.raises(jinja2.UndefinedError, match="nope"):
        render(source, a={})


def test_a_list_with_an_undefined_name_is_refused() -> None:
    with pytest.raises(UnwritableValue, match="Undefined"):
        render("{{ [nope] }}")


SPOTS: dict[str, tuple[str, Any]] = {
    "item": ("- {{ x }}\n", lambda x: x),
    "value": ("- v: {{ x }} # y\n", lambda x: {"v": x}),
    "flow": ("- [{{ x }}, {a: {{ x }}, b: c}]\n", lambda x: [x, {"a": x, "b": "c"}]),
    "flow list": ("- {{ [x, {'k': x}, x] }}\n", lambda x: [x, {"k": x}, x]),
    "block map": (
        "- v:\n    {{ {'k': x, 'l': [x, [x], {'m': x}]} | toyaml(4) }}\n  w: 1\n",
        lambda x: {"v": {"k": x, "l": [x, [x], {"m": x}]}, "w": 1},
    ),
    "block list": ("- v:\n    {{ [x, {'k': x}] | toyaml(4) }}\n", lambda x: {"v": [x, {"k": x}]}),
    "block text": (
        "- v: {{ x | toyaml(4) }}\n  w:\n    - {{ x | toyaml(6) }}\n",
        lambda x: {"v": x, "w": [x]},
    ),
    "joined": ("- {{ 'a-' ~ x ~ '-b' }}\n", lambda x: f"a-{x}-b"),
}


@pytest.mark.parametrize("spot", SPOTS)
def test_any_text_survives_where_it_may_stand(spot: str) -> None:
    source, expected = SPOTS[spot]
    text = render("{% for x in xs %}" + source + "{% endfor %}", xs=NASTY)
    assert_reads(text, [expected(x) for x in NASTY])


@pytest.mark.parametrize(
    "source", ["- {{ x }}: 1\n", "- {{ {x: 1} }}\n", "- {{ {x: 1} | toyaml(2) }}\n"]
)
def test_any_text_survives_as_a_key(source: str) -> None:
    short = [x for x in NASTY if len(x) < 1000]
    text = render("{% for x in xs %}" + source + "{% endfor %}", xs=short)
    assert_reads(text, [{x: 1} for x in short])


def test_kubectl_reads_what_was_written(kubectl: Path) -> None:
    written = [
        (text, value)
        for x in NASTY
        for text, value in [
            (scalar(x), x),
            (toyaml(x, 2), x),
            (toyaml({"k": x, "l": [x]}, 2), {"k": x, "l": [x]}),
            *([(scalar({x: x}), {x: x})] if len(x) < 1000 else []),
        ]
    ]
    read = kubectl_reads(kubectl, [str(text) for text, _ in written])
    for (text, value), theirs in zip(written, read, strict=True):
        assert canonical(theirs) == canonical(value), text


@settings(max_examples=5, deadline=None, derandomize=True)
@given(batch=st.lists(values, min_size=40))
def test_helm_reads_what_was_written(
    batch: list[Any], helm: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    documents = [{"v": value} for value in batch for _ in range(3)]
    written = [
        text
        for value in batch
        for text in (
            dump({"v": value}),
            f"v: {scalar(value)}\n",
            f"v: {toyaml(value, 2)}\n" if isinstance(value, str) else f"v:\n  {toyaml(value, 2)}\n",
        )
    ]
    read = helm_reads(helm, tmp_path_factory.mktemp("written"), written)
    for text, value, theirs in zip(written, documents, read, strict=True):
        assert canonical(theirs) == canonical(value), text


@settings(max_examples=200, deadline=None)
@given(values)
def test_all_readers_read_what_was_written(value: Any) -> None:
    assert_reads(dump(value), value)
    assert_reads(f"{scalar(value)}\n", value)
    assert_reads(f"{toyaml(value)}\n", value)
    assert_reads(f"- k:\n      {toyaml([value], 6)}\n", [{"k": [value]}])


@given(values)
def test_what_was_written_is_read_again(value: Any) -> None:
    read = read_yaml(dump(value), "x.yaml")
    assert read.findings == ()
    assert read.documents == (() if value is None else (value,))
    assert dump(value) == dump(value)


BLOCK = """\
apiVersion: v1
metadata:
  name: demo
  labels: {}
  annotations:
    "on": "yes"
    "a b": "1.30"
spec:
  args:
    - sh
    - |
      set -e

      echo "a: b"
        exit
    - |-
      a
      b
    - - 1
      - - 2.5
        - null
    - x: true
      z:
        - []
        - z: "a\\n"
"""


def test_a_document_is_written_in_block_style() -> None:
    document = {
        "apiVersion": "v1",
        "metadata": {"name": "demo", "labels": {}, "annotations": {"on": "yes", "a b": "1.30"}},
        "spec": {
            "args": [
                "sh",
                'set -e\n\necho "a: b"\n  exit\n',
                "a\nb",
                [1, [2.5, None]],
                {"x": True, "z": [[], {"z": "a\n"}]},
            ]
        },
    }
    assert dump(document) == BLOCK


@pytest.mark.parametrize(
    ("value", "indent", "written"),
    [
        ({}, 4, "{}"),
        ([], 4, "[]"),
        ("a", 4, "a"),
        ("on", 4, '"on"'),
        (None, 4, "null"),
        ({"a": 1, "b": [1]}, 4, "a: 1\n    b:\n      - 1"),
        ([{"a": 1, "b": 2}], 2, "- a: 1\n    b: 2"),
        ("a\n\n\n\n  b\n", 4, "|\n    a\n\n\n\n      b"),
        ("a\nb", 4, "|-\n    a\n    b"),
        ("a\nb", 0, "|-\n  a\n  b"),
        # What YAML would take for indentation, or for the end, and what it would not take at all.
        (" a\nb", 4, '" a\\nb"'),
        ("\na\nb", 4, '"\\na\\nb"'),
        ("\ta\nb", 4, '"\\ta\\nb"'),
        ("a\nb\n\n", 4, '"a\\nb\\n\\n"'),
        ("a\nb ", 4, '"a\\nb "'),
        ("a\r\nb", 4, '"a\\r\\nb"'),
        ("a\n\x01", 4, '"a\\n\\u0001"'),
        ("a\n", 4, '"a\\n"'),
    ],
)
def test_toyaml_indents_what_follows_the_first_line(value: Any, indent: int, written: str) -> None:
    text = toyaml(value, indent)
    assert isinstance(text, Markup)
    assert text == written


def test_writing_takes_neither_jinja_nor_pyyaml() -> None:
    script = (
        "import sys\n"
        "from dtemplates.yaml_writer import dump\n"
        "print(dump({'a': [1, 'on', 'x\\ny']}), end='')\n"
        "print({'jinja2', 'markupsafe', 'yaml'} & set(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        check=True,
        encoding="utf-8",
        cwd=Path(__file__).parent.parent,
    )
    assert done.stdout == 'a:\n  - 1\n  - "on"\n  - |-\n    x\n    y\nset()\n'
