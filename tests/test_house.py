"""How the house is built: who may import whom, who prints, who reads and who starts processes."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from conftest import ROOT

PACKAGE = ROOT / "dtemplates"
# Data flows down this list, and so do imports: a module imports only what stands above it.
ORDER = [
    "findings",
    "folding",
    "errors",
    "suggestions",
    "clock",
    "quantities",
    "resources",
    "files",
    "disk",
    "file_names",
    "journal",
    "exchange",
    "output_state",
    "output",
    "yaml_syntax",
    "yaml_scalars",
    "yaml_documents",
    "yaml_places",
    "yaml_reader",
    "yaml_writer",
    "stacks",
    "eks_versions",
    "manifests",
    "instance_types",
    "settings",
    "costs",
    "context",
    "catalogue",
    "template_rules",
    "compiled_templates",
    "templating",
    "names",
    "patches",
    "rendering",
    "json_schemas",
    "kinds",
    "schema_wording",
    "inventory",
    "schema_check",
    "rules",
    "origin_rows",
    "origins",
    "pointing",
    "placeholders",
    "kustomizations",
    "checking",
    "validation",
    "explaining",
    "report",
    "formats",
    "inspection",
    "starter",
    "planning",
    "tools",
    "operation",
    "overview",
    "cli",
    "__main__",
]
MODULES = sorted(PACKAGE.rglob("*.py"))


def part(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """What a module imports at run time; types alone make no dependency."""
    tree = ast.parse(path.read_text("utf-8"))
    typing_only = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found = set()
    for node in ast.walk(tree):
        if node in typing_only:
            continue
        if isinstance(node, ast.ImportFrom):
            base = node.module or ""
            names = [alias.name for alias in node.names] if base == "dtemplates" else [""]
            found |= {f"{base}.{name}".strip(".") for name in names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def test_the_order_names_all() -> None:
    assert {part(path) for path in MODULES} == {*ORDER, "__init__"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    own = part(path)
    if own == "__init__":
        return
    for name in imported(path):
        if name.startswith("dtemplates."):
            other = name.split(".")[1]
            if other in ORDER:
                assert ORDER.index(other) <= ORDER.index(own), f"{own} imports {other}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_manners(path: Path) -> None:
    text = path.read_text("utf-8")
    names = imported(path)
    # One module starts programs, and asks in vain for a shell.
    assert ("subprocess" in names) == (path == PACKAGE / "tools" / "processes.py")
    assert "shell=True" not in text
    assert "os.system" not in text
    assert not {"requests", "urllib.request", "socket"} & names
    if part(path) != "cli":
        assert "print(" not in text
        assert "typer" not in names
    assert len(text.splitlines()) <= 250
    assert part(path) == "__main__" or ast.get_docstring(ast.parse(text))
