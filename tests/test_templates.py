"""The bundled templates' own rules, and templates of a user's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import ROOT
from jinja2 import meta, nodes

import dtemplates
from dtemplates.context import context
from dtemplates.template_rules import broken_rules
from dtemplates.templating import Renderer

TEMPLATES = sorted((ROOT / "templates").rglob("*.j2"))
each_template = pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
MINIMAL = "cluster: {name: demo, region: us-east-1}"


def ast(template: Path) -> nodes.Template:
    return Renderer()._environment.parse(template.read_text("utf-8"))


def test_there_are_templates() -> None:
    assert len(TEMPLATES) > 15


@each_template
def test_each_expression_is_a_whole_value(template: Path) -> None:
    assert list(broken_rules(ast(template))) == []


@each_template
def test_names_are_those_of_the_context(template: Path) -> None:
    names = meta.find_undeclared_variables(ast(template))
    given = context(dtemplates.parse(MINIMAL)).keys() | {"job", "group"}
    assert names <= given


@each_template
def test_nothing_that_escapes_quoting(template: Path) -> None:
    """`| safe`, macros and blocks give text that `finalize` would let through or quote whole."""
    text = template.read_text("utf-8")
    assert not re.search(r"\|\s*(safe|tojson)\b|\{%-?\s*(macro|call|filter|block)\b|super\(", text)


def test_own_templates_replace_and_add(tmp_path: Path) -> None:
    (tmp_path / "extra").mkdir()
    (tmp_path / "namespace.yaml.j2").write_text(
        "apiVersion: v1\nkind: Namespace\n"
        "metadata:\n  name: {{ namespace }}\n  labels: {mine: yes_}\n"
    )
    (tmp_path / "extra" / "map.yaml.j2").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ cluster.name }}\n"
        "data:\n  groups: {{ nodegroups | length | string }}\n{% include '_part.j2' %}\n"
    )
    (tmp_path / "_part.j2").write_text("  part: {{ namespace }}\n")
    settings = dtemplates.parse(f"{MINIMAL}\nnamespace: training")
    manifests = dtemplates.render(settings, templates=tmp_path)
    found = {one.file: one for one in manifests}
    assert found["namespace.yaml"].documents[0]["metadata"]["labels"] == {"mine": "yes_"}
    assert found["extra/map.yaml"].documents[0]["data"] == {"groups": "0", "part": "training"}
    assert "_part" not in found
    assert dtemplates.validate(manifests) == []
    ours = dtemplates.render(settings)
    assert "mine" not in {one.file: one.text for one in ours}["namespace.yaml"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: {{ nope }}\n", "own.yaml.j2:1: error[DT004]: 'nope' is undefined"),
        ("\n\na: {{ cluster.nope }}\n", "j2:3: error[DT004]: 'dict object' has no attribute"),
        ("a: {{ 1 +\n", "own.yaml.j2:"),
        ("{% include 'nowhere.j2' %}", "there is no template nowhere.j2"),
        ("{% include '../secret' %}", "there is no template ../secret"),
        ("{% include '/etc/passwd' %}", "there is no template /etc/passwd"),
        ("a: {{ 1 / 0 }}\n", "own.yaml.j2:1: error[DT004]: division by zero"),
        ("a: {{ ''.__class__.__mro__ }}\n", "own.yaml.j2:1: error[DT004]: "),
        ("a: {{ cluster.update({}) }}\n", "own.yaml.j2:1: error[DT004]: "),
        ("a: {{ cycler }}\n", "own.yaml.j2:1: error[DT004]: "),
        ("a: [b\n", "own.yaml:"),
        # No value may stand as a part of another, or pass the quoting by.
        ("a: {{ cluster.name }}-b\n", "j2:1: error[DT004]: an expression must be one"),
        ("a: b\nc: pre-{{ namespace }}\n", "j2:2: error[DT004]: an expression must be one"),
        ("a: '{{ cluster.name }}'\n", "j2:1: error[DT004]: an expression must be one"),
        ("a: {{ namespace }}{{ cluster.name }}\n", "an expression must be one whole"),
        ("a: {{ cluster.name | safe }}\n", "No filter named 'safe'"),
        ("a: {{ cluster.name | tojson }}\n", "No filter named 'tojson'"),
        ("{% autoescape true %}a: b\n{% endautoescape %}", "{% autoescape %} changes"),
        ("{% filter upper %}a: b\n{% endfilter %}", "{% filter %} changes"),
        ("a: b\na: c\n", "own.yaml:2:1: error[DT001]: duplicate key 'a'; first given on line 1"),
    ],
)  # fmt: skip
def test_wrong_templates_are_told_by_line(tmp_path: Path, text: str, message: str) -> None:
    folder = tmp_path / "templates"
    folder.mkdir()
    (tmp_path / "secret").write_text("secret: x")
    (folder / "own.yaml.j2").write_text(text)
    with pytest.raises(dtemplates.TemplateError) as caught:
        dtemplates.render(dtemplates.parse(MINIMAL), templates=folder)
    assert message in str(caught.value)


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    folder.mkdir()
    (tmp_path / "secret.j2").write_text("secret: x\n")
    (folder / "_link.j2").symlink_to(tmp_path / "secret.j2")
    (folder / "own.yaml.j2").write_text("{% include '_link.j2' %}")
    with pytest.raises(dtemplates.TemplateError, match="there is no template _link"):
        dtemplates.render(dtemplates.parse(MINIMAL), templates=folder)


def test_templates_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "own.yaml.j2").write_bytes(b"a: \xff\n")
    with pytest.raises(dtemplates.TemplateError, match=r"own\.yaml\.j2:1:"):
        dtemplates.render(dtemplates.parse(MINIMAL), templates=tmp_path)


@pytest.mark.parametrize("name", ["a\x1b[31m.yaml.j2", "a\nb.yaml.j2", "con.yaml.j2"])
def test_names_that_no_file_should_have(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("a: b\n")
    with pytest.raises(dtemplates.TemplateError) as caught:
        dtemplates.render(dtemplates.parse(MINIMAL), templates=tmp_path)
    assert "give it another name" in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "text", ["a: {{ 10 ** 5000 }}\n", "a: {{ " + "(" * 3000 + "1" + ")" * 3000 + " }}\n"]
)
def test_templates_beyond_python(tmp_path: Path, text: str) -> None:
    (tmp_path / "own.yaml.j2").write_text(text)
    with pytest.raises(dtemplates.TemplateError, match=r"own\.yaml\.j2"):
        dtemplates.render(dtemplates.parse(MINIMAL), templates=tmp_path)


def test_all_wrong_templates_at_once(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.yaml.j2").write_text("a: {{ nope }}\n")
    with pytest.raises(dtemplates.TemplateError) as caught:
        dtemplates.render(dtemplates.parse(MINIMAL), templates=str(tmp_path))
    assert len(caught.value.findings) == 3


def test_two_files_of_one_name(tmp_path: Path) -> None:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "a.yaml.j2").write_text("a: b")
    text = f"{MINIMAL}\njobs: [{{name: a, image: x, workers: 1, command: [b]}}]"
    message = r"jobs/a.yaml: error\[DT004\]: is rendered twice"
    with pytest.raises(dtemplates.TemplateError, match=message):
        dtemplates.render(dtemplates.parse(text), templates=tmp_path)


def test_texts_end_in_a_newline(tmp_path: Path) -> None:
    (tmp_path / "own.yaml.j2").write_text("a: b")
    manifests = dtemplates.render(dtemplates.parse(MINIMAL), templates=tmp_path)
    assert manifests[-1].text == "a: b\n"


def test_no_folder_of_templates(tmp_path: Path) -> None:
    with pytest.raises(dtemplates.InputError, match="there is no such folder"):
        dtemplates.render(dtemplates.parse(MINIMAL), templates=tmp_path / "nowhere")
