"""Stand-in values for settings that are known later, so that all manifests can be seen now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.settings.learned import with_values

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dtemplates.settings.root import Settings

# setting → a value of its form, with a place for a digit
_FORMS = {
    "fsx.file_system_id": "fs-{digit}0000000000000000",
    "fsx.mount_name": "later00{digit}",
    "fsx.dynamic.subnet_id": "subnet-{digit}0000000000000000",
    "fsx.dynamic.security_group_ids": "sg-{digit}0000000000000000",
    "fsx.create.subnet_id": "subnet-{digit}0000000000000001",
}


def stand_ins(settings: Settings, names: Iterable[str]) -> dict[str, str]:
    """Return a value for each setting that occurs nowhere else in the settings.

    It can therefore be found again, and replaced, in whatever is rendered.
    """
    text = settings.model_dump_json()
    return {name: _unused(_FORMS[name], text) for name in names}


def filled(settings: Settings, values: dict[str, str]) -> Settings:
    """Return the settings with the stand-ins put in."""
    return with_values(settings, values) if values else settings


def _unused(form: str, text: str) -> str:
    candidates = (form.format(digit=digit) for digit in range(10))
    return next(one for one in candidates if one not in text)
