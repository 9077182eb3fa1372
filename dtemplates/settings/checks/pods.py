"""Pods that there can be no use for, or that would be one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.settings.checks.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.settings.root import Settings


def _tensorboard(settings: Settings) -> Iterator[Problem]:
    if settings.tensorboard and settings.fsx is None:
        yield Problem(
            ("tensorboard",), "there is no file system to show logs of", "give fsx", (("fsx",),)
        )


def _attach(settings: Settings) -> Iterator[Problem]:
    if "attach_pvc" in settings.model_fields_set and settings.attach_pvc and not settings.fsx:
        yield Problem(("attach_pvc",), "there is no file system to mount", "give fsx", (("fsx",),))


def _names(settings: Settings) -> Iterator[Problem]:
    attach, tensorboard = settings.attach_pvc, settings.tensorboard
    if attach and tensorboard and attach.name == tensorboard.name:
        yield Problem(
            ("tensorboard", "name"),
            f"{tensorboard.name!r} is the name of the pod that mounts the claim too",
            "give each its own name",
            (("attach_pvc", "name"),),
            "DT427",
        )


CHECKS = (_tensorboard, _attach, _names)
