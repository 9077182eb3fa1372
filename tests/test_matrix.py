"""Matrices: each combination once, in order, with `include` and `exclude` as GitHub has them."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import dtemplates
from dtemplates.settings.expressions import Unfit, evaluate
from dtemplates.settings.fields import settings_schema
from dtemplates.settings.matrix import MOST_JOBS, combine, expand

VALUES = {
    "matrix": {"gpus": 8, "epochs": {"suffix": "-24e"}, "rate": 0.5, "zones": ["a", "b"]},
    "job": {"name": "demo"},
}
KEYS = st.sampled_from(["a", "b", "c", "d"])
SCALARS = st.one_of(st.integers(0, 3), st.booleans(), st.sampled_from(["x", "y"]))
LISTS = st.dictionaries(
    KEYS, st.lists(SCALARS, min_size=1, max_size=3, unique_by=lambda one: json.dumps(one))
)


def same(one: Any, other: Any) -> bool:
    return json.dumps(one) == json.dumps(other)


@given(LISTS)
def test_each_combination_once_and_in_order(lists: dict[str, list[Any]]) -> None:
    if not lists:
        with pytest.raises(Unfit, match="leaves no job"):
            combine(lists)
        return
    expected = [
        dict(zip(lists, values, strict=True)) for values in itertools.product(*lists.values())
    ]
    assert same(combine(lists), expected)
    assert len({json.dumps(one) for one in expected}) == len(expected)


@given(LISTS.filter(bool), st.data())
def test_exclude_takes_out_what_agrees_and_nothing_else(
    lists: dict[str, list[Any]], data: st.DataObject
) -> None:
    keys = data.draw(st.lists(st.sampled_from(sorted(lists)), min_size=1, unique=True))
    entry = {key: data.draw(SCALARS) for key in keys}
    whole = combine(lists)
    kept = [one for one in whole if not all(same(one[key], entry[key]) for key in keys)]
    if not kept:
        with pytest.raises(Unfit, match="leaves no job"):
            combine({**lists, "exclude": [entry]})
        return
    assert same(combine({**lists, "exclude": [entry]}), kept)


@given(LISTS, st.lists(st.dictionaries(KEYS, SCALARS, min_size=1), max_size=4))
def test_include_adds_and_changes_no_listed_value(
    lists: dict[str, list[Any]], include: list[dict[str, Any]]
) -> None:
    if not lists and not include:
        return
    listed = combine(lists) if lists else []
    found = combine({**lists, "include": include})
    # The combinations of lists come first, with all that they had.
    for before, after in zip(listed, found, strict=False):
        assert all(same(after[key], value) for key, value in before.items())
    more = found[len(listed) :]
    # An entry makes one of its own where it fits none of them.
    lonely = [
        entry
        for entry in include
        if not any(
            all(same(one[key], entry[key]) for key in lists.keys() & entry.keys()) for one in listed
        )
    ]
    assert same(more, lonely)


def test_include_as_githubs_documentation_has_it() -> None:
    matrix = {
        "fruit": ["apple", "pear"],
        "animal": ["cat", "dog"],
        "include": [
            {"color": "green"},
            {"color": "pink", "animal": "cat"},
            {"fruit": "apple", "shape": "circle"},
            {"fruit": "banana"},
            {"fruit": "banana", "animal": "cat"},
        ],
    }
    assert combine(matrix) == [
        {"fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"},
        {"fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"},
        {"fruit": "pear", "animal": "cat", "color": "pink"},
        {"fruit": "pear", "animal": "dog", "color": "green"},
        {"fruit": "banana"},
        {"fruit": "banana", "animal": "cat"},
    ]


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        ([], "a matrix is a mapping of lists"),
        ({"a": 1}, "a is no list of values"),
        ({"a": []}, "a is no list of values"),
        ({"a": [1], "include": {}}, "include is no list of mappings"),
        ({"a": [1], "exclude": [1]}, "exclude is no list of mappings"),
        ({"a": [1], "exclude": [{"b": 1}]}, "exclude names b, which is no list"),
        ({"a": [1], "exclude": [{"a": 1}]}, "leaves no job"),
        ({}, "leaves no job"),
        (
            {key: list(range(100)) for key in "abcdef"},
            f"the matrix makes more than {MOST_JOBS} jobs",
        ),
    ],
)
def test_wrong_matrices(matrix: Any, said: str) -> None:
    with pytest.raises(Unfit, match=said):
        combine(matrix)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${{ matrix.gpus }}", 8),
        ("${{matrix.gpus}}", 8),
        ("${{ matrix.rate }}", 0.5),
        ("${{ matrix.zones }}", ["a", "b"]),
        ("${{ matrix['gpus'] // 3 }}", 2),
        ("${{ matrix.gpus * 2 + 1 }}", 17),
        ("${{ matrix.zones[0] }}", "a"),
        ("x${{ matrix.gpus }}y${{ matrix.epochs.suffix }}", "x8y-24e"),
        ("${{ matrix.gpus }} ", "8 "),
        ("${{ true }}-${{ matrix.rate }}", "true-0.5"),
        ("${{ 'big' if matrix.gpus > 4 else 'small' }}", "big"),
        ("${{ matrix.zones | join(',') }}", "a,b"),
        ("${{ job.name | upper }}", "DEMO"),
        ("${{ matrix.gpus ~ 'x' ~ 4 }}", "8x4"),
        ("${{ matrix.gpus in [8, 16] and not false }}", True),
        ("no expression", "no expression"),
    ],
)
def test_expressions(text: str, value: Any) -> None:
    assert same(evaluate(text, VALUES), value)


@pytest.mark.parametrize(
    "text",
    [
        "${{ matrix.gpu }}",
        "${{ matrix.gpus.real }}",
        "${{ matrix.__class__ }}",
        "${{ matrix.gpus.__class__.__mro__ }}",
        "${{ ''.__class__ }}",
        "${{ ''['__class__'] }}",
        "${{ matrix.zones.append(1) }}",
        "${{ matrix.items() }}",
        "${{ range(10) }}",
        "${{ self }}",
        "${{ cycler }}",
        "${{ lipsum.__globals__ }}",
        "${{ matrix | attr('keys') }}",
        "${{ 'a' * 1000000 }}",
        "${{ [1] * 1000000 }}",
        "${{ 9 ** 9 ** 9 }}",
        "${{ 1 / 0 }}",
        "${{ 9999999999999 * 9999999999999 }}",
        "${{ 1e308 * 10 }}",
        "${{ 'a' + 'b' }}",
        "${{ matrix.gpus",
        "${{ }}",
        "${{ a b }}",
        "${{ 1 }}${{ {} }}",
        "x${{ matrix.zones }}",
        "${{ 1 if false }}",
        "${{ namespace() }}",
        "${{ 1 }} }}{% raw %}${{ x }}",
        "${{ 1) }}{{ (2 }}",
        "${{ " + "(" * 900 + "1" + ")" * 900 + " }}",
        "${{ " + "not " * 900 + "1 }}",
        "${{ '" + "a" * 5000 + "' }}",
        "${{ none }}x",
        "${{ 'a' < 1 }}",
        "${{ matrix[matrix] }}",
        "${{ caller() }}",
    ],
)
def test_expressions_that_reach_for_more(text: str) -> None:
    with pytest.raises(Unfit):
        evaluate(text, VALUES)


def test_defaults_are_under_each_job_and_findings_lead_back() -> None:
    document = {
        "cluster": {},
        "job_defaults": {"image": "x", "env": {"A": "1", "B": "${{ job.name }}"}},
        "jobs": [
            {
                "name": "m-${{ matrix.gpus }}",
                "matrix": {"gpus": [8, 16], "big": [True]},
                "gpus": "${{ matrix.gpus }}",
                "env": {"A": "2"},
                "labels": {"team": "a", "big": "mine"},
            },
            {"name": "plain"},
        ],
    }
    expanded = expand(document)
    assert expanded.problems == []
    assert "job_defaults" not in expanded.document
    first, second, plain = expanded.document["jobs"]
    assert first["env"] == {"A": "2", "B": "m-8"}
    assert (second["name"], second["gpus"]) == ("m-16", 16)
    # Values become labels, and the job's own labels stay as they are.
    assert second["labels"] == {"gpus": "16", "big": "mine", "team": "a"}
    assert plain == {"name": "plain", "image": "x", "env": {"A": "1", "B": "plain"}}
    assert expanded.moved(("jobs", 1, "env", "A")) == ("jobs", 0, "env", "A")
    assert expanded.moved(("jobs", 1, "env", "B")) == ("job_defaults", "env", "B")
    assert expanded.moved(("jobs", 2, "image")) == ("job_defaults", "image")
    assert expanded.moved(("jobs", 2, "name")) == ("jobs", 1, "name")
    assert expanded.moved(("cluster", "name")) == ("cluster", "name")


def test_values_that_are_no_labels_are_left_out() -> None:
    matrix = {"a": [1.5], "b": ["with space"], "c": [{"d": 1}], "e": ["ok"], "f/g": [1], "h": [""]}
    document = {"jobs": [{"name": "a", "matrix": matrix}]}
    assert expand(document).document["jobs"][0]["labels"] == {"a": "1.5", "e": "ok"}


SETTINGS = """\
cluster: {name: demo, region: us-east-1}
nodegroups: [{name: gpu, instance_type: p3dn.24xlarge, desired_capacity: 4}]
job_defaults:
  image: example/train:1.0
  shm_size: 64Gi
  env: {RUN: "${{ matrix.run }}"}
jobs:
  - name: maskrcnn-${{ matrix.gpus }}x4${{ matrix.epochs.suffix }}-run${{ matrix.run }}
    matrix:
      gpus: [8, 16, 32]
      epochs: [{suffix: "", schedule: "[(8, 0.1)]"}, {suffix: -24e, schedule: "[(16, 0.1)]"}]
      run: [1, 2, 3, 4, 5]
    gpus: ${{ matrix.gpus }}
    command: [python3, train.py, "--logdir=/fsx/${{ job.name }}", "${{ matrix.epochs.schedule }}"]
"""


def test_thirty_jobs_from_one() -> None:
    settings = dtemplates.parse(SETTINGS)
    names = [job.name for job in settings.jobs]
    assert len(set(names)) == 30
    assert (names[0], names[-1]) == ("maskrcnn-8x4-run1", "maskrcnn-32x4-24e-run5")
    manifests = dtemplates.render(settings)
    assert dtemplates.validate(manifests) == []
    (job,) = (one.documents[0] for one in manifests if one.file == f"jobs/{names[-1]}.yaml")
    assert job["metadata"]["labels"] == {"gpus": "32", "run": "5"}
    launcher = job["spec"]["mpiReplicaSpecs"]["Launcher"]["template"]["spec"]["containers"][0]
    assert launcher["command"][-2:] == [f"--logdir=/fsx/{names[-1]}", "[(16, 0.1)]"]
    assert launcher["env"] == [{"name": "RUN", "value": "5"}]


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("gpus: ${{ matrix.gpus }}", "gpus: ${{ matrix.gpu }}", "13:11", "matrix has no 'gpu'"),
        ("gpus: ${{ matrix.gpus }}", "gpus: ${{ matrix.gpus ~ '' }}", "13:11", "whole number"),
        ("-run${{ matrix.run }}", "", "8:11", "is the name of an earlier job too"),
        ("name: maskrcnn-", "name: Mask_rcnn-", "8:11", "is not a name that starts with a letter"),
        ("gpus: [8, 16, 32]", "gpus: 8", "10:7", "gpus is no list of values"),
        ("job_defaults:\n", "job_defaults: a\nx:\n", "3:15", "defaults of jobs are a mapping"),
        ("shm_size: 64Gi", "shm_siez: 64Gi", "5:3", "there is no such setting"),
        ("shm_size: 64Gi", "shm_size: ${{ 1 / 0 }}", "5:13", "division by zero"),
        ("RUN: ", "R-N: ", "6:9", "an environment variable's name"),
    ],
)
def test_mistakes_are_told_where_they_stand(old: str, new: str, place: str, said: str) -> None:
    with pytest.raises(dtemplates.SettingsError) as caught:
        dtemplates.parse(SETTINGS.replace(old, new, 1), name="a.yaml")
    assert any(
        one.place == f"a.yaml:{place}" and said in one.message for one in caught.value.findings
    ), [str(one) for one in caught.value.findings[:3]]


def test_overrides_reach_into_matrices() -> None:
    settings = dtemplates.parse(SETTINGS, overrides=["jobs.0.matrix.run=[7]"])
    assert [job.name.rpartition("-")[2] for job in settings.jobs] == ["run7"] * 6


def test_settings_made_in_code_have_matrices_too() -> None:
    settings = dtemplates.build(
        {
            "cluster": {"name": "demo", "region": "us-east-1"},
            "jobs": [
                {
                    "name": "a-${{ matrix.gpus }}",
                    "matrix": {"gpus": [8, 16]},
                    "image": "x",
                    "gpus": "${{ matrix.gpus }}",
                    "gpus_per_worker": 8,
                    "command": ["a"],
                }
            ],
        }
    )
    assert [(job.name, job.gpus) for job in settings.jobs] == [("a-8", 8), ("a-16", 16)]


def test_the_schema_takes_matrices_and_expressions() -> None:
    validator = Draft202012Validator(settings_schema())
    assert list(validator.iter_errors(yaml.safe_load(SETTINGS))) == []
    wrong = yaml.safe_load(SETTINGS.replace("gpus: ${{ matrix.gpus }}", "gpus: many"))
    assert list(validator.iter_errors(wrong))
