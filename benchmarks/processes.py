"""Whole processes, as a user starts them, against what helm takes for the same manifests.

Both sides of a row are run in turn, so that whatever else the machine does falls on both; figures
are medians. helm validates nothing of what it renders; dtemplates validates everything.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from helm import CHART, chart_of, helm, values_files

import dtemplates
from dtemplates import resources

HELLO = 'import typer\n\ndef main():\n    print("hello")\n\ntyper.run(main)\n'
PROGRAM = Path(sys.executable).parent / "dtemplates"
Run = Callable[[], float]


def matrix(count: int) -> str:
    """Return the bundled matrix example with so many jobs: 6 at a time differ in GPUs and epochs.

    A learning rate more is a dimension more, as the tutorial's experiments had.
    """
    text = resources.example("matrix")
    rates = count // 30 if count % 30 == 0 else count // 5
    if count % 30:
        # Too few for all dimensions.
        text = text.replace("gpus: [8, 16, 32]", "gpus: [8]")
        schedules = [line for line in text.splitlines(keepends=True) if "schedule:" in line]
        text = text.replace(schedules[1], "")
    listed = list(range(1, rates + 1))
    text = text.replace("run: [1,", f"rate: {listed}\n      run: [1,")
    text = text.replace("-run${{", "-lr${{ matrix.rate }}-run${{", 1)
    made = text.replace("TRAIN.BASE_LR=0.00125", '"TRAIN.BASE_LR=0.00${{ matrix.rate }}"')
    assert len(dtemplates.parse(made).jobs) == count
    return made


class Bench:
    """Settings, charts and the commands on them, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.helm = helm(folder)
        # A user's second run, whose compiled modules and templates are there.
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("PYTHON")},
            "XDG_CACHE_HOME": str(folder / "cache"),
        }

    def run(self, *command: str | Path) -> float:
        """Run a command, and return the seconds that it took; one that fails ends the benchmark."""
        start = time.perf_counter()
        done = subprocess.run(
            [str(word) for word in command],
            env=self.environment,
            capture_output=True,
            check=False,
        )
        took = time.perf_counter() - start
        if done.returncode:
            raise SystemExit(f"{' '.join(map(str, command))}: {done.stderr.decode()}")
        return took

    def dtemplates(self, *words: str | Path) -> float:
        """Run a command line of dtemplates, and return the seconds that it took."""
        return self.run(PROGRAM, *words)

    def settings(self, name: str, text: str) -> Path:
        """Write a settings file."""
        path = self.folder / f"{name}.yaml"
        path.write_text(text, "utf-8")
        return path

    def render(self, settings: Path) -> float:
        """Read, expand, render, validate and write into a new folder."""
        return self.dtemplates(*self._into_a_new_folder(settings))

    def _into_a_new_folder(self, settings: Path) -> tuple[str | Path, ...]:
        out = self.folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        return "render", "-s", settings, "-o", out

    def template(self, chart: Path, *values: Path, more: Sequence[str] = ()) -> float:
        """Render a chart."""
        files = [word for value in values for word in ("--values", str(value))]
        return self.run(self.helm, "template", "experiments", chart, *files, *more)

    def peak(self, settings: Path) -> float:
        """Return the most memory, in MiB, that rendering took."""
        code = (
            "import resource, subprocess, sys\n"
            "subprocess.run(sys.argv[1:], check=True, capture_output=True)\n"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
        )
        command = [sys.executable, "-c", code, PROGRAM, *self._into_a_new_folder(settings)]
        done = subprocess.run(
            [str(word) for word in command],
            env=self.environment,
            capture_output=True,
            check=True,
            text=True,
        )
        # Linux tells KiB, macOS bytes.
        return int(done.stdout) / (1024 if sys.platform == "linux" else 1024**2)


def compared(title: str, ours: Run, theirs: Run, runs: int, target: float) -> None:
    """Print the medians of both and of their ratios, run by run."""
    ours(), theirs()
    pairs = [(ours(), theirs()) for _ in range(runs)]
    one, other = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(mine / other for mine, other in pairs)
    verdict = "" if ratio <= target else "  missed"
    print(f"{title:62} {one:8.3f} {other:8.3f} {ratio:7.3f} {target:7.3f}{verdict}", flush=True)


def main() -> None:
    """Print a row for each comparison, and how time and memory grow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9, help="runs of each (default: 9)")
    parser.add_argument("--short", action="store_true", help="one run of each, of fewer jobs")
    asked = parser.parse_args()
    runs = 1 if asked.short else asked.runs
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name))
        print(f"{'seconds':62} {'ours':>8} {'theirs':>8} {'ratio':>7} {'at most':>7}")
        compare(bench, runs, jobs=30 if asked.short else 210)
        grow(bench, (10, 100) if asked.short else (10, 100, 1000, 10_000), runs)


def compare(bench: Bench, runs: int, jobs: int) -> None:
    """Print what is compared with helm and with typer."""
    settings = bench.settings("matrix", matrix(jobs))
    whole, each = values_files(dtemplates.load(settings), bench.folder / "values")

    def render() -> float:
        return bench.render(settings)

    def loop() -> float:
        return sum(bench.template(CHART, one) for one in each)

    def at_once() -> float:
        return bench.template(CHART, whole)

    def jobs_alone() -> float:
        return bench.template(CHART, whole, more=("--set", "operator=false"))

    compared(f"{jobs}-job matrix / {jobs} x helm template", render, loop, min(runs, 3), 0.06)
    compared(f"{jobs}-job matrix / one chart of all, operators too", render, at_once, runs, 1.5)
    compared(f"{jobs}-job matrix / one chart of all, MPIJobs alone", render, jobs_alone, runs, 1.5)

    classic = bench.settings("classic", resources.example("classic"))
    same = chart_of(dtemplates.render(dtemplates.load(classic)), bench.folder / "same")
    compared(
        "classic example / one chart of the same",
        lambda: bench.render(classic),
        lambda: bench.template(same),
        runs,
        5,
    )
    hello = bench.folder / "hello.py"
    hello.write_text(HELLO, "utf-8")

    def say_hello() -> float:
        return bench.run(sys.executable, hello)

    for option in ("--help", "--version"):
        title = f"dtemplates {option} / a typer program that says hello"
        compared(title, lambda word=option: bench.dtemplates(word), say_hello, runs, 1.3)  # type: ignore[misc]


def grow(bench: Bench, counts: Sequence[int], runs: int) -> None:
    """Print time and memory of so many jobs, the slope, and what it is to one helm process."""
    chart = chart_of(
        dtemplates.render(dtemplates.parse(resources.example("classic"))), bench.folder / "one"
    )
    helms = statistics.median(bench.template(chart) for _ in range(max(runs, 3)))
    print(f"\n{'jobs':>8} {'seconds':>9} {'peak MiB':>9}")
    taken: dict[int, float] = {}
    peaks: dict[int, float] = {}
    for count in counts:
        settings = bench.settings(f"matrix-{count}", matrix(count))
        few = 1 if count > 1000 else min(runs, 3)
        taken[count] = statistics.median(bench.render(settings) for _ in range(few))
        peaks[count] = bench.peak(settings)
        print(f"{count:8} {taken[count]:9.3f} {peaks[count]:9.1f}", flush=True)
    before, last = counts[-2:]
    slope = (taken[last] - taken[before]) / (last - before)
    print(
        f"\neach further job: {slope * 1000:.2f} ms, 1/{helms / slope:.0f} of a helm process "
        f"({helms * 1000:.0f} ms); at most 1/40"
    )
    print(f"peak memory: {peaks[last] / peaks[100]:.1f} times that of 100 jobs; at most 3")


if __name__ == "__main__":
    main()
