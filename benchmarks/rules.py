"""What the rules cost: `dtemplates validate` on a folder of 200 manifests, with and without them.

Both are measured in turn, so that whatever else the machine does falls on both: as the command that
a user starts, and inside of a process that has imported everything.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import dtemplates
from dtemplates import resources
from dtemplates.inspection import inspect

MANIFESTS = 200


def one_cluster(folder: Path, count: int) -> None:
    """Write the manifests of one cluster with so many jobs that there are `count` files."""
    text = resources.example("cpu-and-gpu")
    head, _, jobs = text.partition("\njobs:\n")
    first = jobs.split("  - name: ")[1]
    made = len(dtemplates.render(dtemplates.parse(text))) - 2
    more = "".join(
        f"  - name: {first.replace('preprocess', f'preprocess-{number}', 1)}"
        for number in range(count - made)
    )
    dtemplates.write(dtemplates.render(dtemplates.parse(f"{head}\njobs:\n{more}")), folder)


def clusters(folder: Path, count: int) -> None:
    """Write the manifests of the examples, each in a folder of its own, until there are `count`."""
    names = [name for name in resources.examples() if name != "classic"]
    written = number = 0
    while written < count:
        text = resources.example(names[number % len(names)])
        manifests = dtemplates.render(dtemplates.parse(text))
        place = folder / f"{number:02}"
        dtemplates.write(manifests, place)
        written += len(manifests)
        number += 1


def inside(folder: Path, *, rules: bool) -> float:
    """Return how long an inspection of the folder takes in this process."""
    gc.collect()
    start = time.perf_counter()
    inspect([folder], ignore=() if rules else ("DT",))
    return time.perf_counter() - start


def command(folder: Path, *, rules: bool) -> float:
    """Return how long `dtemplates validate` takes, with all that it imports."""
    words = [str(Path(sys.executable).parent / "dtemplates"), "validate", str(folder)]
    start = time.perf_counter()
    done = subprocess.run([*words, *(() if rules else ("--ignore", "DT"))], capture_output=True)
    took = time.perf_counter() - start
    if done.returncode == 2:
        raise SystemExit(done.stderr.decode())
    return took


def main() -> None:
    """Print the times and their ratio for each folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15, help="runs of each (default: 15)")
    runs = parser.parse_args().runs
    print(f"{'':46} {'without':>9} {'with':>9} {'ratio':>6}   (median seconds of {runs})")
    for what, write in (("one cluster, many jobs", one_cluster), ("many clusters", clusters)):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write(folder, MANIFESTS)
            files = len(list(folder.rglob("*.yaml")))
            for where, seconds in (("command", command), ("inside of a process", inside)):
                seconds(folder, rules=True)
                pairs = [
                    (seconds(folder, rules=False), seconds(folder, rules=True)) for _ in range(runs)
                ]
                without, with_rules = (statistics.median(one) for one in zip(*pairs, strict=True))
                ratio = statistics.median(after / before for before, after in pairs)
                title = f"{what} ({files} files), {where}"
                print(f"{title:46} {without:9.3f} {with_rules:9.3f} {ratio:6.2f}")


if __name__ == "__main__":
    main()
