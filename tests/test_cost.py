"""What settings cost: each figure with its source and date, and unknown where nothing tells it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import ROOT
from typer.testing import CliRunner, Result

import dtemplates
from dtemplates import eks_versions, resources
from dtemplates.cli import app
from dtemplates.context import context
from dtemplates.costs.figures import NOT_COUNTED, usd
from dtemplates.planning.listing import as_text
from dtemplates.stacks import STACKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from standins.workplace import Workplace

DAY = date(2026, 11, 24)
ON_DEMAND = "on demand in us-east-1, 2026-07-20"
NO_FSX = "no price of FSx is known"
# Whatever the day, this is what it costs.
PRICED = """\
cluster: {name: demo, region: eu-west-1}
nodegroups:
  - {name: gpu, instance_type: p5.48xlarge, desired_capacity: 2, max_size: 4, spot: true}
fsx: {name: data, capacity: 2400Gi, dynamic: {}}
prices: {control_plane: 0.08, instance_types: {p5.48xlarge: 31.2}, fsx: 0.365, as_of: 2026-11-01}
"""


def run(*arguments: str | Path, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments], input=stdin)


def of(text: str, *overrides: str, today: date = DAY) -> dtemplates.Cost:
    return dtemplates.cost(dtemplates.parse(text, overrides=overrides), today=today)


def cluster(today: date = DAY, region: str = "us-east-1", **more: Any) -> dtemplates.CostItem:
    settings = dtemplates.build({"cluster": {"name": "demo", "region": region, **more}})
    (item,) = dtemplates.cost(settings, today=today).items
    return item


def group(
    settings: dict[str, Any],
    *,
    region: str = "us-east-1",
    prices: dict[str, float] | None = None,
) -> dtemplates.CostItem:
    document = {
        "cluster": {"name": "demo", "region": region},
        "nodegroups": [{"name": "gpu", **settings}],
        "prices": {"instance_types": prices or {}},
    }
    return dtemplates.cost(dtemplates.build(document), today=DAY).items[1]


# Name, what, USD/h, most, basis or why.
Figures = list[tuple[str, str, float | None, float | None, str]]
CLASSIC: tuple[Figures, str] = (
    [
        ("control plane", "Kubernetes 1.13", None, None, "EKS offers Kubernetes 1.13 no more"),
        ("node group nodegroup-p3dn", "4 x p3dn.24xlarge", 124.84, 124.84, ON_DEMAND),
        ("file system tensorpack-fsx", "7Pi, exists already", None, None, NO_FSX),
    ],
    "at least 124.84 USD/h, 2996.16 USD/day; unknown: control plane, file system tensorpack-fsx",
)
EXAMPLES: dict[str, tuple[Figures, str]] = {
    # Jobs cost nothing beside their nodes.
    "classic": CLASSIC,
    "matrix": CLASSIC,
    "current": (
        [
            (
                *("control plane", "Kubernetes 1.35", 0.1, 0.1),
                "standard support until 2027-03-27; EKS, 2024-04-01",
            ),
            (
                *("node group gpu", "4 x p5.48xlarge, Capacity Block", None, None),
                "a Capacity Block is paid for when it is reserved",
            ),
            ("file system training-data", "4800Gi, exists already", None, None, NO_FSX),
        ],
        "at least 0.10 USD/h, 2.40 USD/day; unknown: node group gpu, file system training-data",
    ),
    "cpu-and-gpu": (
        [
            (
                *("control plane", "Kubernetes 1.36", 0.1, 0.1),
                "standard support until 2027-08-02; EKS, 2024-04-01",
            ),
            (
                *("node group cpu", "2 x m7i.2xlarge", None, None),
                "no price of m7i.2xlarge is known",
            ),
            ("node group h100", "2 x p5.48xlarge", 110.08, 440.32, ON_DEMAND),
            ("file system scratch", "9600Gi, exists already", None, None, NO_FSX),
        ],
        "at least 110.18 USD/h, 2644.32 USD/day; with all nodes at least 440.42 USD/h; "
        "unknown: node group cpu, file system scratch",
    ),
    "kueue": (
        [
            (
                *("control plane", "Kubernetes 1.35", 0.1, 0.1),
                "standard support until 2027-03-27; EKS, 2024-04-01",
            ),
            (
                *("node group cpu", "1 x m7i.2xlarge", None, None),
                "no price of m7i.2xlarge is known",
            ),
            ("node group gpu", "4 x p4d.24xlarge", 87.84, 87.84, ON_DEMAND),
            ("file system training-data", "4800Gi, exists already", None, None, NO_FSX),
        ],
        "at least 87.94 USD/h, 2110.56 USD/day; unknown: node group cpu, file system training-data",
    ),
    "dynamic-fsx": (
        [
            (
                *("control plane", "Kubernetes 1.35", 0.1, 0.1),
                "standard support until 2027-03-27; EKS, 2024-04-01",
            ),
            (
                *("node group a10g", "8 x g5.12xlarge, spot", None, None),
                "spot prices change all the time",
            ),
            ("file system images", "2400Gi, SCRATCH_2, new", None, None, NO_FSX),
        ],
        "at least 0.10 USD/h, 2.40 USD/day; unknown: node group a10g, file system images",
    ),
    "fsx-stack": (
        [
            (
                *("control plane", "Kubernetes 1.35", 0.1, 0.1),
                "standard support until 2027-03-27; EKS, 2024-04-01",
            ),
            (
                *("node group a100", "2 x p4d.24xlarge", None, None),
                "prices are us-east-1's, not us-west-2's",
            ),
            ("file system coco", "3600Gi, SCRATCH_1, new", None, None, NO_FSX),
        ],
        "at least 0.10 USD/h, 2.40 USD/day; unknown: node group a100, file system coco",
    ),
}


def test_all_examples_are_here() -> None:
    assert set(EXAMPLES) == set(resources.examples())


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name: str) -> None:
    figures, line = EXAMPLES[name]
    found = of(resources.example(name))
    said = [
        (one.name, one.what, one.usd_per_hour, one.most, one.basis or one.why)
        for one in found.items
    ]
    assert said == figures
    assert str(found) == line
    # A figure has its source, and one that is missing its reason.
    for one in found.items:
        assert bool(one.basis) == (one.usd_per_hour is not None)
        assert bool(one.why) == (one.usd_per_hour is None)


@pytest.mark.parametrize(
    ("today", "support_type", "price", "said"),
    [
        ("2026-12-01", None, 0.1, "standard support until 2026-12-02"),
        ("2026-12-02", None, 0.6, "extended support until 2027-12-02"),
        ("2027-12-01", "EXTENDED", 0.6, "extended support until 2027-12-02"),
        ("2027-12-02", None, None, "EKS offers Kubernetes 1.34 no more, since 2027-12-02"),
        ("2026-12-01", "STANDARD", 0.1, "standard support until 2026-12-02"),
        ("2026-12-02", "STANDARD", 0.1, "standard support of a newer version"),
        ("2027-12-02", "STANDARD", None, "EKS offers Kubernetes 1.34 no more"),
        ("2025-10-05", None, None, "EKS offers Kubernetes 1.34 from 2025-10-06 on"),
    ],
)
def test_control_plane_by_day(
    today: str, support_type: str | None, price: float | None, said: str
) -> None:
    more = {"support_type": support_type} if support_type else {}
    item = cluster(date.fromisoformat(today), kubernetes_version="1.34", **more)
    assert item.usd_per_hour == item.most == price
    assert (item.basis or item.why).startswith(said)
    assert item.basis.endswith("; EKS, 2024-04-01") == (price is not None)


@pytest.mark.parametrize(
    ("today", "support_type", "note"),
    [
        (
            "2026-11-24",
            "EXTENDED",
            "Kubernetes 1.34 is in extended support from 2026-12-02 on, at six times the price",
        ),
        (
            "2026-11-24",
            "STANDARD",
            "EKS upgrades the cluster from Kubernetes 1.34 after 2026-12-02",
        ),
        (
            "2026-12-24",
            "EXTENDED",
            "Kubernetes 1.34 is in extended support since 2026-12-02, at six times the price; "
            "EKS upgrades the cluster after 2027-12-02",
        ),
        (
            "2026-12-24",
            "STANDARD",
            "standard support of Kubernetes 1.34 ended on 2026-12-02: by support_type STANDARD, "
            "EKS upgrades the cluster and charges no extended support",
        ),
    ],
)
def test_what_follows_is_told(today: str, support_type: str, note: str) -> None:
    given = {"kubernetes_version": "1.34", "support_type": support_type}
    assert cluster(date.fromisoformat(today), **given).note == note
    # The calendar is the same everywhere.
    assert cluster(date.fromisoformat(today), region="eu-west-1", **given).note == note


def test_version_that_the_calendar_does_not_have() -> None:
    item = cluster(kubernetes_version="1.99")
    assert item.usd_per_hour is None
    assert item.why == "the calendar of 2026-08-22 has no Kubernetes 1.99"


def test_calendar() -> None:
    rows = [eks_versions.eks_version(name) for name in eks_versions.known_versions()]
    assert len(rows) >= 7
    for row in rows:
        assert row is not None
        # 14 months, and 12 more; releases differ by days.
        assert 13.5 <= (row.standard_ends - row.released).days / 30.44 <= 14.5
        assert (row.extended_ends - row.standard_ends).days in (365, 366)
    releases = [row.released for row in rows if row]
    assert releases == sorted(releases)
    assert STACKS["current"]["kubernetes"] in eks_versions.known_versions()


@pytest.mark.parametrize(
    ("version", "offered"),
    [
        ("1.9", False),
        ("1.13", False),
        ("1.30", False),
        ("1.31", True),
        ("1.36", True),
        ("1.99", None),
    ],
)
def test_what_eks_offers(version: str, offered: bool | None) -> None:
    assert eks_versions.is_offered(version, DAY) is offered


def test_a_version_is_offered_from_its_release_to_its_end() -> None:
    days = [date(2025, 10, 5), date(2025, 10, 6), date(2027, 12, 1), date(2027, 12, 2)]
    assert [eks_versions.is_offered("1.34", day) for day in days] == [False, True, True, False]


# Settings → nodes at the start and at most.
SIZES: list[tuple[dict[str, Any], int, int]] = [
    ({}, 2, 2),
    ({"desired_capacity": 3}, 3, 3),
    ({"min_size": 1}, 1, 1),
    ({"min_size": 0}, 0, 1),
    ({"min_size": 0, "managed": False}, 0, 0),
    ({"max_size": 5}, 2, 5),
    ({"min_size": 1, "desired_capacity": 3, "max_size": 5}, 3, 5),
    ({"desired_capacity": 0, "max_size": 4}, 0, 4),
]


@pytest.mark.parametrize(("sizes", "start", "most"), SIZES)
def test_nodes_are_as_eksctl_makes_them(sizes: dict[str, Any], start: int, most: int) -> None:
    item = group({"instance_type": "p5.48xlarge", **sizes}, prices={"p5.48xlarge": 10})
    assert (item.usd_per_hour, item.most) == (10 * start, 10 * most)
    assert item.what == f"{start} x p5.48xlarge"


RESERVATION = {"id": "cr-0123456789abcdef0"}
BLOCK = {"capacity_reservation": RESERVATION, "market_type": "capacity-block"}


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({}, "no instance type is given"),
        ({"instance_type": "m7i.2xlarge"}, "no price of m7i.2xlarge is known"),
        # In the table, without a price.
        ({"instance_type": "p5e.48xlarge"}, "no price of p5e.48xlarge is known"),
        ({"instance_type": "p5.48xlarge", "spot": True}, "spot prices change all the time"),
        (
            {"instance_type": "p5.48xlarge", **BLOCK},
            "a Capacity Block is paid for when it is reserved",
        ),
        ({"instance_types": ["g5.12xlarge", "g5.24xlarge"]}, "its instance types differ in price"),
        ({"instance_types": ["m7i.large", "m7i.xlarge"]}, "no price of m7i.large is known"),
    ],
)
def test_what_is_not_known_is_not_guessed(settings: dict[str, Any], why: str) -> None:
    item = group(settings)
    assert (item.usd_per_hour, item.most, item.usd_per_day) == (None, None, None)
    assert (item.why, item.basis) == (why, "")


def test_reserved_capacity_costs_what_is_paid_on_demand() -> None:
    reserved = {"instance_type": "p5.48xlarge", "desired_capacity": 1}
    item = group({"capacity_reservation": RESERVATION, **reserved})
    assert (item.usd_per_hour, item.basis) == (55.04, ON_DEMAND)
    assert item.note == "what is reserved for gpu is paid for while no node uses it, too"
    assert group({"capacity_reservation": {"preference": "open"}, **reserved}).note == ""


def test_no_nodes_cost_nothing_unless_they_are_paid_for() -> None:
    none = {"instance_type": "p5.48xlarge", "desired_capacity": 0, "max_size": 2}
    assert group({"spot": True, **none}).usd_per_hour == 0
    assert group({"spot": True, **none}).most is None
    assert group({**none, **BLOCK}).usd_per_hour is None
    assert group({**none, **BLOCK}).note.startswith("what is reserved for gpu is paid for")


@pytest.mark.parametrize(
    "way", [{}, {"spot": True}, BLOCK], ids=["on demand", "spot", "capacity block"]
)
@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_own_prices_go_before_all(way: dict[str, Any], region: str) -> None:
    item = group(
        {"instance_type": "p5.48xlarge", "max_size": 4, **way},
        region=region,
        prices={"p5.48xlarge": 31.2},
    )
    assert (item.usd_per_hour, item.most) == (62.4, 124.8)
    assert (item.basis, item.why) == ("settings", "")


def test_types_of_one_price_have_that_price() -> None:
    types = ["m7i.large", "m7a.large"]
    item = group({"instance_types": types, "spot": True}, prices=dict.fromkeys(types, 0.1))
    assert item.what == "2 x m7i.large or m7a.large, spot"
    assert item.usd_per_hour == 0.2


def test_all_of_it_priced_by_the_settings() -> None:
    found = of(PRICED)
    assert found.unknown == ()
    assert {one.basis for one in found.items} == {"settings, 2026-11-01"}
    # 0.365 USD for 730 hours are 0.0005 USD for one, of each of 2400 GiB.
    assert [one.usd_per_hour for one in found.items] == [0.08, 62.4, 1.2]
    assert (found.usd_per_hour, found.usd_per_day, found.most) == (63.68, 1528.32, 126.08)
    assert str(found) == "63.68 USD/h, 1528.32 USD/day; with all nodes 126.08 USD/h"
    free = of(PRICED, "prices.control_plane=0", "prices.fsx=0", "nodegroups=[]")
    assert str(free) == "0.00 USD/h, 0.00 USD/day"


def test_an_own_price_of_a_control_plane_hides_no_support() -> None:
    found = of(PRICED, "cluster.kubernetes_version=1.30")
    assert found.items[0].usd_per_hour == 0.08
    assert found.items[0].note == "EKS offers Kubernetes 1.30 no more, since 2026-07-23"


def test_sums_are_exact() -> None:
    item = group({"instance_type": "m7i.large", "desired_capacity": 3}, prices={"m7i.large": 0.1})
    assert item.usd_per_hour == 0.3
    assert item.usd_per_day == 7.2
    overrides = ["prices.control_plane=0.1", "prices.instance_types.p5\\.48xlarge=0.1"]
    assert of(PRICED, *overrides, "prices.fsx=0").usd_per_hour == 0.3


@pytest.mark.parametrize(
    ("amount", "text"),
    [(None, "unknown"), (0.1, "0.10"), (0.526, "0.53"), (2.675, "2.68"), (1e16, f"1{'0' * 16}.00")],
)
def test_amounts_as_people_read_them(amount: float | None, text: str) -> None:
    assert usd(amount) == text


@pytest.mark.parametrize(
    ("prices", "message"),
    [
        ("{control_plane: -0.1}", "prices.control_plane: -0.1 is not at least 0"),
        ("{fsx: -1}", "prices.fsx: -1 is not at least 0"),
        (
            "{instance_types: {p5.48xlarge: -5}}",
            'prices.instance_types."p5.48xlarge": -5 is not at least 0',
        ),
        ("{instance_types: {p5: 5}}", 'prices.instance_types.p5: "p5" is not an EC2 instance type'),
        ("{control_plane: 1e300}", "prices.control_plane: 1e+300 is not at most 1000000"),
        ('{control_plane: "0.1"}', 'prices.control_plane: "0.1" is not a number'),
        ("{as_of: 2026-13-01}", 'prices.as_of: "2026-13-01" is not a date such as 2026-11-01'),
        ("{spot: 1}", "prices.spot: there is no such setting"),
    ],
)
def test_prices_that_are_none(prices: str, message: str) -> None:
    with pytest.raises(dtemplates.SettingsError) as caught:
        dtemplates.parse(f"cluster: {{name: demo, region: us-east-1}}\nprices: {prices}\n")
    assert message in str(caught.value)
    assert str(caught.value).startswith("settings:2:")


def test_manifests_know_nothing_of_prices() -> None:
    assert "prices" not in context(dtemplates.parse(PRICED))
    with_prices = dtemplates.render(dtemplates.parse(PRICED)).text
    without = "".join(line for line in PRICED.splitlines(True) if "prices" not in line)
    assert with_prices == dtemplates.render(dtemplates.parse(without)).text


def test_table() -> None:
    done = run("cost", "-s", ROOT / "examples" / "cpu-and-gpu.yaml", "--on", "2026-11-24")
    assert (done.exit_code, done.stderr) == (0, "")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[0] == ["2026-11-24", "USD/h", "USD/day", "all", "nodes"]
    assert lines[1][:7] == ["control", "plane", "Kubernetes", "1.36", "0.10", "2.40", "0.10"]
    assert lines[2][:9] == [
        *("node", "group", "cpu", "2", "x", "m7i.2xlarge"),
        *("unknown", "unknown", "unknown"),
    ]
    assert lines[3][6:9] == ["110.08", "2641.92", "440.32"]
    assert lines[5] == ["in", "all", "at", "least", "110.18", "2644.32", "440.42"]
    assert "note: what is reserved for h100 is paid for" in done.stdout
    assert done.stdout.endswith(f"not counted: {', '.join(NOT_COUNTED)}\n")
    assert "\x1b" not in done.stdout


def test_table_without_anything_unknown() -> None:
    done = run("cost", "--settings", "-", stdin=PRICED)
    assert done.exit_code == 0
    assert "unknown" not in done.stdout
    assert "at least" not in done.stdout
    assert done.stdout.count("settings, 2026-11-01") == 3


def test_json() -> None:
    done = run("cost", "-s", "-", "--format", "json", "--on", "2027-04-01", stdin=PRICED)
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    assert document == of(PRICED, today=date(2027, 4, 1)).as_plain()
    assert (document["cluster"], document["on"]) == ("demo", "2027-04-01")
    assert document["items"][1] == {
        "name": "node group gpu",
        "what": "2 x p5.48xlarge, spot",
        "usd_per_hour": 62.4,
        "usd_per_day": 1497.6,
        "most": 124.8,
        "basis": "settings, 2026-11-01",
        "why": "",
        "note": "",
    }
    assert (document["usd_per_hour"], document["unknown"]) == (63.68, [])


def test_the_day_changes_what_it_costs() -> None:
    path = ROOT / "examples" / "cpu-and-gpu.yaml"
    for day, price in (("2027-08-01", "0.10"), ("2027-08-02", "0.60")):
        done = run("cost", "-s", path, "--on", day)
        assert done.stdout.splitlines()[1].split()[4] == price
    wrong = run("cost", "-s", path, "--on", "tomorrow")
    assert wrong.exit_code == 2
    assert "tomorrow" in wrong.stderr


LINE = (
    "cost: 63.68 USD/h, 1528.32 USD/day; with all nodes 126.08 USD/h (dtemplates cost tells more)"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dtemplates.yaml").write_text(PRICED, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_plan_ends_with_its_cost(folder: Path) -> None:
    made = as_text(dtemplates.plan(dtemplates.load()))
    assert run("plan").stdout == f"{made}\n{LINE}\n"
    assert run("apply", "--dry-run").stdout == f"{made}\n{LINE}\n"
    document = json.loads(run("plan", "--format", "json").stdout)
    assert document["cost"]["usd_per_hour"] == 63.68
    assert document["steps"][0]["name"] == "cluster"
    assert "63.68" not in run("plan", "--format", "shell").stdout


def test_who_is_asked_knows_the_cost(workplace: Callable[..., Workplace]) -> None:
    place = workplace("current", PRICED)
    done = place.run("apply")
    assert done.code == 2
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert "steps on cluster demo in eu-west-1: cluster, " in lines[0]
    assert lines[1] == LINE
    assert "nobody is there to answer" in lines[2]
