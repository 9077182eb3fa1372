"""A watch: the changes to what a request selects, from a version on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from standins.kubernetes_calls import Call
from standins.kubernetes_kinds import Object

if TYPE_CHECKING:
    from standins.kubernetes_api import KubernetesApi

# How long a watch sleeps at most, and what counts as one read for Behaviours.delay.
TICK = 0.05


class Watch:
    """Events of one watch; it ends by timeoutSeconds, or as its objects are restored."""

    def __init__(self, api: KubernetesApi, call: Call) -> None:
        self.api = api
        self.call = call
        self.ticked = time.monotonic()
        self.deadline = self.ticked + float(call.option("timeoutSeconds") or 300)
        self.epoch = api.store.epoch
        given = call.option("resourceVersion")
        self.initial = given in ("", "0") or call.option("sendInitialEvents") == "true"
        self.version = 0 if self.initial else int(given)

    def ended(self) -> bool:
        return time.monotonic() > self.deadline or self.epoch != self.api.store.epoch

    def events(self) -> list[Object]:
        """What happened since; after a while, nothing."""
        store = self.api.store
        with store.changed:
            found = list(self.existing() if self.initial else self.changes())
            self.initial = False
            self.version = store.version
            if not found:
                store.changed.wait(TICK)
            if time.monotonic() - self.ticked >= TICK:
                self.ticked = time.monotonic()
                self.api.read(self.call)
        return found

    def existing(self) -> Iterator[Object]:
        store = self.api.store
        for key, obj in store.objects.items():
            if self.call.covers(key) and self.call.chosen(obj):
                yield {"type": "ADDED", "object": self.call.present(obj)}
        # Helm's informers take nothing for complete before this bookmark.
        if self.call.option("sendInitialEvents") == "true":
            kind = self.call.kind
            metadata = {
                "resourceVersion": str(store.version),
                "annotations": {"k8s.io/initial-events-end": "true"},
            }
            version = kind.api_version(self.call.version)
            bookmark = {"kind": kind.kind, "apiVersion": version, "metadata": metadata}
            yield {"type": "BOOKMARK", "object": bookmark}

    def changes(self) -> Iterator[Object]:
        for change in self.api.store.log:
            found = self.call.covers(change.key) and self.call.chosen(change.object)
            if change.version > self.version and found:
                yield {"type": change.type, "object": self.call.present(change.object)}
