"""HTTP: which request asks for what, and how it is answered."""

from __future__ import annotations

import contextlib
import json
import select
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import yaml

from standins.kubernetes_calls import Call
from standins.kubernetes_discovery import AGGREGATED, document
from standins.kubernetes_exec import accepted, protocol
from standins.kubernetes_kinds import Object
from standins.kubernetes_pods import exec_frames, pod_log, runnable
from standins.kubernetes_protobuf import EMPTY_OPENAPI, decoded
from standins.kubernetes_store import StatusError
from standins.kubernetes_watch import Watch

if TYPE_CHECKING:
    from standins.kubernetes_api import KubernetesApi

OPENAPI_V2 = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
REVIEWS = ("selfsubjectaccessreviews", "selfsubjectrulesreviews")


class Server(ThreadingHTTPServer):
    """Listens on 127.0.0.1; stop() ends its thread and closes all that is open."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, api: KubernetesApi, port: int) -> None:
        self.api = api
        self.stopped = threading.Event()
        self.open: set[socket.socket] = set()
        self.threads: list[threading.Thread] = []
        super().__init__(("127.0.0.1", port), Handler)
        self.port: int = self.server_address[1]
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def server_bind(self) -> None:
        # HTTPServer's own looks the host's name up, which may take seconds.
        socket.socket.bind(self.socket, self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        self.threads.append(threading.current_thread())
        self.open.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.open.discard(request)
            self.threads.remove(threading.current_thread())

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error."""

    def stop(self) -> None:
        self.stopped.set()
        self.shutdown()
        self.server_close()
        for each in list(self.open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in [self.thread, *self.threads]:
            thread.join(2)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.answer()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def answer(self) -> None:
        try:
            body = self.body()
            self.server.api.note(self.command, self.path, body)
            if self.server.api.behaviours.unavailable:
                message = "the server is currently unable to handle the request"
                raise StatusError(503, "ServiceUnavailable", message)
            self.route(body)
        except StatusError as error:
            self.send(error.code, error.status)
        except OSError:
            self.close_connection = True
        except Exception as error:
            # A mistake of the stand-in itself has to be seen in the client's output.
            message = f"stand-in: {type(error).__name__}: {error}"
            self.send(500, StatusError(500, "InternalError", message).status)

    def body(self) -> Any:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not content:
            return None
        if "protobuf" in self.headers.get("Content-Type", ""):
            return decoded(content)
        try:
            return json.loads(content)
        except ValueError:
            return yaml.safe_load(content)

    def send(self, code: int, obj: Object | bytes, content_type: str = "application/json") -> None:
        content = obj if isinstance(obj, bytes) else json.dumps(obj).encode()
        self.send_response(code)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-cache, private")
        self.end_headers()
        self.wfile.write(content)

    def route(self, body: Any) -> None:
        api = self.server.api
        address = urlsplit(self.path)
        path = address.path.rstrip("/")
        if path in ("/healthz", "/livez", "/readyz"):
            self.send(200, b"ok", "text/plain")
            return
        if path == "/openapi/v2":
            self.send(200, EMPTY_OPENAPI, OPENAPI_V2)
            return
        if path.rpartition("/")[2] in REVIEWS and self.command == "POST":
            self.send(201, {**body, "status": {"allowed": True}})
            return
        with api.store.lock:
            kinds = api.store.kinds()
            accept = self.headers.get("Accept", "")
            found = document(path, kinds, accept, api.behaviours.version)
            call = self.call(path, parse_qs(address.query))
        if found is not None:
            aggregated = found.get("kind") == "APIGroupDiscoveryList"
            self.send(200, found, AGGREGATED if aggregated else "application/json")
        elif call is None:
            message = "the server could not find the requested resource"
            raise StatusError(404, "NotFound", message)
        elif call.subresource in ("exec", "log"):
            self.stream(call)
        elif call.watches and self.command == "GET":
            self.watch(call)
        else:
            self.send(*self.perform(call, body))

    def call(self, path: str, query: dict[str, list[str]]) -> Call | None:
        """What a path under /api or /apis asks for, if it is served."""
        parts = path.strip("/").split("/")
        group = parts[1] if parts[0] == "apis" and len(parts) > 1 else ""
        version, *rest = parts[2 if group else 1 :] or [""]
        namespace = ""
        if rest[:1] == ["namespaces"] and len(rest) > 2 and rest[2] not in ("status", "finalize"):
            namespace, rest = rest[1], rest[2:]
        for kind in self.server.api.store.kinds():
            if (kind.group, kind.plural) == (group, *rest[:1]) and version in kind.versions:
                name, subresource = [*rest[1:], "", ""][:2]
                if subresource in ("", *kind.subresources):
                    return Call(kind, version, namespace, name, subresource, query)
        return None

    def perform(self, call: Call, body: Any) -> tuple[int, Object]:
        api = self.server.api
        with api.store.lock:
            if self.command == "GET":
                found = api.verbs.get(call) if call.name else api.verbs.list(call)
                api.read(call)
                return 200, found
            code = 200
            if self.command == "POST":
                code, found = 201, api.verbs.create(call, body)
            elif self.command == "PUT":
                found = api.verbs.update(call, body)
            elif self.command == "PATCH":
                content_type = self.headers.get("Content-Type", "").partition(";")[0]
                code, found = api.verbs.patch(call, body, content_type)
            elif call.name:
                found = api.verbs.delete(call, body)
            else:
                found = api.verbs.delete_all(call, body)
            api.reconcile()
            return code, found

    def stream(self, call: Call) -> None:
        """Logs as plain text, and exec over a websocket."""
        api = self.server.api
        if call.subresource == "log":
            self.send(200, pod_log(api, call).encode(), "text/plain")
            return
        with api.store.lock:
            api.verbs.get(call)
        chosen = protocol(self.headers.get("Sec-WebSocket-Protocol", ""))
        if chosen is None:
            raise StatusError(400, "BadRequest", "exec is served over websockets only")
        runnable(api, call)
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", accepted(self.headers["Sec-WebSocket-Key"]))
        self.send_header("Sec-WebSocket-Protocol", chosen)
        self.end_headers()
        self.close_connection = True
        self.wfile.write(exec_frames(api, call, self.rfile, self.wfile))
        # The client closes its side once it has read all.
        self.connection.settimeout(2)
        with contextlib.suppress(OSError):
            self.rfile.read()

    def watch(self, call: Call) -> None:
        watch = Watch(self.server.api, call)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        # A client that left is noticed between two events, as nothing else reads from it.
        while not (watch.ended() or self.server.stopped.is_set() or self.gone()):
            for event in watch.events():
                line = json.dumps(event).encode() + b"\n"
                self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
        self.wfile.write(b"0\r\n\r\n")

    def gone(self) -> bool:
        readable, _, _ = select.select([self.connection], [], [], 0)
        return bool(readable) and self.connection.recv(1, socket.MSG_PEEK) == b""
