"""The library's steps on the matrix example, each by itself: `pytest benchmarks`."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import dtemplates
from dtemplates import resources
from dtemplates.settings.matrix import expand
from dtemplates.yaml_reader import read_yaml

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

TEXT = resources.example("matrix")


def test_read(benchmark: BenchmarkFixture) -> None:
    assert benchmark(read_yaml, TEXT, "matrix.yaml").documents


def test_expand(benchmark: BenchmarkFixture) -> None:
    (document,) = read_yaml(TEXT, "matrix.yaml").documents
    assert len(benchmark(expand, document).document["jobs"]) == 30


def test_parse(benchmark: BenchmarkFixture) -> None:
    assert len(benchmark(dtemplates.parse, TEXT).jobs) == 30


def test_render(benchmark: BenchmarkFixture) -> None:
    settings = dtemplates.parse(TEXT)
    assert len(benchmark(dtemplates.render, settings)) > 30


def test_validate(benchmark: BenchmarkFixture) -> None:
    manifests = dtemplates.render(dtemplates.parse(TEXT))
    assert benchmark(dtemplates.validate, manifests) == []


def test_write(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    manifests = dtemplates.render(dtemplates.parse(TEXT))
    number = count()

    def write() -> dtemplates.Written:
        return dtemplates.write(manifests, tmp_path / str(next(number)))

    assert benchmark(write).created
