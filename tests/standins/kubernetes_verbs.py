"""What a request does to the store: the verbs of the Kubernetes API, with their refusals."""

from __future__ import annotations

from typing import Any

from standins.kubernetes_admission import check, complete, defaulted, invalid, unchangeable
from standins.kubernetes_behaviours import Behaviours
from standins.kubernetes_calls import Call
from standins.kubernetes_kinds import DEFINITIONS, Object, definition_v1
from standins.kubernetes_patches import applied, patched
from standins.kubernetes_store import Key, StatusError, Store, not_found, now

APPLY = "application/apply-patch+yaml"


class Verbs:
    """The writes and reads of the API, without what controllers make of them."""

    def __init__(self, store: Store, behaviours: Behaviours) -> None:
        self.store = store
        self.behaviours = behaviours

    def get(self, call: Call) -> Object:
        if call.key not in self.store.objects:
            raise not_found(call.kind.resource, call.name)
        return call.present(self.store.objects[call.key])

    def list(self, call: Call) -> Object:
        return {
            "kind": f"{call.kind.kind}List",
            "apiVersion": call.kind.api_version(call.version),
            "metadata": {"resourceVersion": str(self.store.version)},
            "items": [
                call.present(obj)
                for key, obj in sorted(self.store.objects.items())
                if call.covers(key) and call.chosen(obj)
            ],
        }

    def create(self, call: Call, body: Any) -> Object:
        if not isinstance(body, dict) or not isinstance(body.get("metadata"), dict):
            raise StatusError(400, "BadRequest", "the body is no object with metadata")
        metadata = body["metadata"]
        name = call.name or metadata.get("name") or ""
        if not name and metadata.get("generateName"):
            name = f"{metadata['generateName']}{self.store.version:05x}"
        if not name:
            raise invalid(call, name, "metadata.name", "Required value: name is required")
        call.name = name
        check(call, body)
        if call.kind.namespaced and Key("namespaces", "", call.namespace) not in self.store.objects:
            raise not_found("namespaces", call.namespace)
        if call.key in self.store.objects:
            group = call.kind.group
            message = f'{call.kind.resource} "{name}" already exists'
            raise StatusError(
                409, "AlreadyExists", message, name=name, group=group, kind=call.kind.plural
            )
        complete(call, body)
        own = {**metadata, **self.store.fresh_metadata(), "name": name}
        # Who owns which field is kept apart, in Store.applied.
        own.pop("managedFields", None)
        if call.kind.namespaced:
            own["namespace"] = call.namespace
        obj = {**body, "metadata": own}
        if call.kind.kind != "Node":
            # Of a node a real server keeps it, which nodes use to register.
            obj.pop("status", None)
        obj = defaulted(call.kind.resource, stored_form(call, obj))
        # All checks come before, as a dry run is to fail where the real run would.
        if call.dry_run:
            return call.present(obj)
        obj = self.store.write(call.key, obj)
        self.delay(call)
        return call.present(obj)

    def delay(self, call: Call) -> None:
        delay = self.behaviours.delays.get(call.name, self.behaviours.delay)
        if delay:
            self.store.unread[call.key] = delay

    def update(self, call: Call, body: Object) -> Object:
        if call.key not in self.store.objects:
            raise not_found(call.kind.resource, call.name)
        check(call, body)
        return self.change(call, body)

    def change(self, call: Call, new: Object) -> Object:
        """Replace a stored object by what a client made of it."""
        old = self.store.objects[call.key]
        before = old["metadata"]
        if new["metadata"].get("resourceVersion") not in (None, "", before["resourceVersion"]):
            message = (
                f'Operation cannot be fulfilled on {call.kind.resource} "{call.name}": the object '
                "has been modified; please apply your changes to the latest version and try again"
            )
            raise StatusError(409, "Conflict", message, name=call.name, kind=call.kind.plural)
        if call.subresource != "status":
            complete(call, new)
        new = stored_form(call, new)
        if call.subresource == "status":
            new = {**old, "status": new.get("status")}
        elif "status" in old:
            new = {**new, "status": old["status"]}
        else:
            new.pop("status", None)
        metadata = {key: value for key, value in new["metadata"].items() if key != "managedFields"}
        for fixed in ("uid", "creationTimestamp", "generation", "resourceVersion", "name"):
            metadata[fixed] = before[fixed]
        if call.kind.namespaced:
            metadata["namespace"] = before["namespace"]
        new = defaulted(call.kind.resource, {**new, "metadata": metadata})
        unchangeable(call, old, new)
        # As with a real server, neither status nor metadata make a new generation.
        content = [
            {key: value for key, value in each.items() if key not in ("metadata", "status")}
            for each in (old, new)
        ]
        if content[0] != content[1]:
            metadata["generation"] = before["generation"] + 1
        if call.dry_run:
            return call.present(new)
        written = self.store.write(call.key, new)
        if content[0] != content[1]:
            self.delay(call)
        if "deletionTimestamp" in metadata and not metadata.get("finalizers"):
            self.store.remove(call.key)
        return call.present(written)

    def patch(self, call: Call, body: Any, content_type: str) -> tuple[int, Object]:
        if content_type == APPLY:
            return self.apply(call, body)
        if call.key not in self.store.objects:
            raise not_found(call.kind.resource, call.name)
        # kubectl never sends this; a client that does has to learn of it here.
        if "strategic" in content_type and not call.kind.built_in:
            message = (
                "the body of the request was in an unknown format - accepted media types include: "
                "application/json-patch+json, application/merge-patch+json, "
                "application/apply-patch+yaml"
            )
            raise StatusError(415, "UnsupportedMediaType", message)
        new = patched(self.get(call), body, content_type)
        check(call, new)
        return 200, self.change(call, new)

    def apply(self, call: Call, body: Any) -> tuple[int, Object]:
        """Server-side apply, for each field manager; whoever comes last owns a field."""
        check(call, body)
        manager = (call.key, call.option("fieldManager"))
        if call.key in self.store.objects:
            before = self.store.applied.get(manager, {})
            live = self.get(call)
            result = 200, self.change(call, applied(live, before, body, call.kind.built_in))
        else:
            result = 201, self.create(call, body)
        if not call.dry_run:
            self.store.applied[manager] = body
        return result

    def delete(self, call: Call, options: Any) -> Object:
        options = options if isinstance(options, dict) else {}
        if "All" in (options.get("dryRun") or []):
            call.query["dryRun"] = ["All"]
        if call.key not in self.store.objects:
            raise not_found(call.kind.resource, call.name)
        obj = self.store.objects[call.key]
        metadata = obj["metadata"]
        for name, value in (options.get("preconditions") or {}).items():
            if metadata.get(name) != value:
                message = f'Precondition failed: {name} of "{call.name}" is not {value}'
                raise StatusError(409, "Conflict", message, name=call.name)
        if metadata.get("finalizers"):
            metadata = {**metadata, "deletionTimestamp": metadata.get("deletionTimestamp", now())}
            obj = {**obj, "metadata": metadata}
            return call.present(obj if call.dry_run else self.store.write(call.key, obj))
        if not call.dry_run:
            self.store.remove(call.key)
        kind = call.kind
        details = {"name": call.name, "group": kind.group, "kind": kind.plural}
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Success",
            "details": {**details, "uid": metadata["uid"]},
        }

    def delete_all(self, call: Call, options: Any) -> Object:
        found = self.list(call)
        for obj in found["items"]:
            metadata = obj["metadata"]
            call.namespace, call.name = metadata.get("namespace", ""), metadata["name"]
            self.delete(call, options)
        return found


def stored_form(call: Call, obj: Object) -> Object:
    return definition_v1(obj) if call.kind.resource == DEFINITIONS else dict(obj)
