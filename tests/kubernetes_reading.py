"""What Kubernetes' own tools read in YAML."""

from __future__ import annotations

import json
import subprocess
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

CHART = "apiVersion: v2\nname: reading\nversion: 0.0.0\n"
TEMPLATE = """\
read:
{{- range .Values.texts }}
- {{ b64dec . | fromYaml | toJson | b64enc }}
{{- end }}
"""
OBJECT = "apiVersion: example.com/v1\nkind: Anything\nmetadata: {name: x}\nspec:\n"


def helm_reads(helm: Path, folder: Path, texts: Iterable[str]) -> list[dict[str, Any]]:
    """Return helm's reading of the first document of each text, which is a map.

    Of a text that helm refuses it is one key, `Error`.
    """
    (folder / "templates").mkdir(parents=True, exist_ok=True)
    (folder / "Chart.yaml").write_text(CHART, encoding="utf-8")
    (folder / "templates" / "read.yaml").write_text(TEMPLATE, encoding="utf-8")
    values = {"texts": [b64encode(text.encode()).decode() for text in texts]}
    (folder / "values.yaml").write_text(json.dumps(values), encoding="utf-8")
    done = subprocess.run(
        [helm, "template", "x", folder], capture_output=True, check=True, encoding="utf-8"
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("- ")]
    return [json.loads(b64decode(line[2:])) for line in lines]


def kubectl_reads(kubectl: Path, values: Iterable[str]) -> list[Any]:
    """Return kubectl's reading of the items of a list, each given as the YAML behind its dash."""
    text = OBJECT + "".join(f"- {value}\n" for value in values)
    done = subprocess.run(
        [kubectl, "label", "--local", "--dry-run=client", "-o", "json", "-f", "-", "x=y"],
        input=text.encode(),
        capture_output=True,
        check=True,
    )
    spec: list[Any] = json.loads(done.stdout)["spec"]
    return spec


def canonical(value: Any) -> str:
    """Return the value as text that tells true from 1, but not 1 from 1.0, as JSON does not."""
    return json.dumps(_as_floats(value), sort_keys=True)


def _as_floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_floats(item) for item in value]
    # Adding zero makes -0.0, which Kubernetes keeps as 0, the same as 0.0.
    return value + 0.0 if isinstance(value, (int, float)) and not isinstance(value, bool) else value
