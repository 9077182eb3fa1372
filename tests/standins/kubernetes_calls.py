"""What a request asks for: objects of one kind, with options."""

from __future__ import annotations

from dataclasses import dataclass, field

from standins.kubernetes_kinds import Kind, Object, presented
from standins.kubernetes_store import Key, selection


@dataclass
class Call:
    """A request for objects of one kind."""

    kind: Kind
    version: str
    namespace: str
    name: str
    subresource: str = ""
    query: dict[str, list[str]] = field(default_factory=dict)

    def option(self, name: str) -> str:
        return self.query.get(name, [""])[0]

    @property
    def dry_run(self) -> bool:
        return self.option("dryRun") == "All"

    @property
    def key(self) -> Key:
        return Key(self.kind.resource, self.namespace, self.name)

    @property
    def watches(self) -> bool:
        return self.option("watch") in ("true", "1")

    def present(self, obj: Object) -> Object:
        return presented(obj, self.kind, self.version)

    def covers(self, key: Key) -> bool:
        return (
            key.resource == self.kind.resource
            and self.namespace in ("", key.namespace)
            and self.name in ("", key.name)
        )

    def chosen(self, obj: Object) -> bool:
        return selection(self.option("labelSelector"), self.option("fieldSelector"))(obj)
