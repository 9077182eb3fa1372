"""How the plan of some settings stands, asked for from the tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.operation.applying import Options
from dtemplates.operation.session import Session
from dtemplates.overview.advice import costs, file_system, next_steps
from dtemplates.overview.asking import answers
from dtemplates.overview.reading import rows
from dtemplates.overview.rows import Overview

if TYPE_CHECKING:
    from dtemplates.settings.root import Settings


def status(settings: Settings, *, options: Options | None = None) -> Overview:
    """Return how everything stands that the settings' plan makes; nothing is changed.

    What cannot be asked for has a row that says so. Raises as `plan`.
    """
    options = options or Options()
    whole = options.plan(settings, checked=False)
    session = Session(
        options.parent,
        whole.kubeconfig,
        options.observe,
        lambda text: None,
        options.environment,
        options.most,
    )
    found = tuple(rows(settings, whole, answers(whole, session)))
    money = list(costs(found, settings))
    if (fsx := file_system(found, settings)) and found[0].mood != "unknown":
        money.append(fsx)
    advice = tuple(next_steps(found, settings))
    return Overview(whole.cluster, whole.region, found, advice, tuple(money))
