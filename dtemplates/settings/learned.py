"""Settings that are known only once something is made, put into those that are known already."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from dtemplates.errors import SettingsError
from dtemplates.settings import fields
from dtemplates.settings.root import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dtemplates.settings.source import Source


def with_values(settings: Settings, values: Mapping[str, str]) -> Settings:
    """Return the settings with each of `values`, by its dotted name, put in.

    A list gets the value as its only item. Raises `SettingsError` where one is not what the
    setting takes.
    """
    document = settings.model_dump(mode="json", exclude_unset=True)
    for name, value in values.items():
        path = tuple(name.split("."))
        container: Any = document
        for part in path[:-1]:
            container = container.setdefault(part, {})
        container[path[-1]] = [value] if fields.wants_list(path) else value
    try:
        changed = Settings.model_validate_json(json.dumps(document))
    except ValidationError as error:
        raise SettingsError(
            settings.finding(tuple(details["loc"]), f"was learned to be {details['input']!r}")
            for details in error.errors(include_url=False)
        ) from None
    source: Source = settings._source
    changed._source = source
    return changed
