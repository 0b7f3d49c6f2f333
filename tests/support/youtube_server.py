"""A small HTTP server in place of YouTube: JSON answers and media files with byte ranges, and every kind of trouble."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import unquote


class Asked(NamedTuple):
    """One request that came in. range: its Range header; line: its target, an absolute URL through a proxy."""

    path: str
    range: str
    cookie: str
    line: str


@dataclass
class Fault:
    """What happens to the next request of a path: a status instead of the file, or a cut after `cut` bytes of it."""

    status: int = 0
    retry_after: str = ""
    cut: int = 0


@dataclass
class Server:
    """files: what is served, by path; faults: trouble by path, used up one a request; meet: media requests that must be
    in flight together before any is answered (they wait for each other, at most ten seconds)."""

    files: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    meet: int = 0
    asked: list[Asked] = field(default_factory=list)
    most_in_flight: int = 0
    url: str = ""

    def __post_init__(self) -> None:
        self._lock = threading.Condition()
        self._in_flight = 0

    def answer(self, path: str, data: Any) -> None:
        """Serve JSON."""
        self.files[path] = json.dumps(data).encode()

    def ranges(self, path: str) -> list[str]:
        """The Range headers that came in for a path, in order."""
        return [asked.range for asked in self.asked if asked.path == path]

    def take(self, path: str, handler: BaseHTTPRequestHandler) -> Fault:
        """Note a request; the fault it shall meet."""
        headers = handler.headers
        with self._lock:
            self.asked.append(Asked(path, headers.get("Range", ""), headers.get("Cookie", ""), handler.path))
            waiting = self.faults.get(path)
            return waiting.pop(0) if waiting else Fault()

    @contextmanager
    def flight(self, path: str) -> Iterator[None]:
        """Count media requests that are being answered."""
        if not path.startswith("/media/"):
            yield
            return
        with self._lock:
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
            self._lock.notify_all()
            self._lock.wait_for(lambda: self.most_in_flight >= self.meet, timeout=10)
        try:
            yield
        finally:
            with self._lock:
                self._in_flight -= 1


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = unquote(re.sub(r"^http://[^/]+", "", self.path).partition("?")[0])
            fault = server.take(path, self)
            with server.flight(path):
                if fault.status:
                    self._head(fault.status, b"", {"Retry-After": fault.retry_after} if fault.retry_after else {})
                elif path not in server.files:
                    self._head(404, b"", {})
                else:
                    self._serve(server.files[path], fault)

        def _serve(self, data: bytes, fault: Fault) -> None:
            asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            if asked is None:
                self._head(200, data, {}, fault.cut)
                return
            first, last = int(asked[1]), min(int(asked[2] or len(data) - 1), len(data) - 1)
            if first > last:
                self._head(416, b"", {"Content-Range": f"bytes */{len(data)}"})
                return
            place = {"Content-Range": f"bytes {first}-{last}/{len(data)}"}
            self._head(206, data[first : last + 1], place, fault.cut)

        def _head(self, status: int, body: bytes, headers: dict[str, str], cut: int = 0) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body)), "Connection": "close"}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[:cut] if cut else body)
            self.close_connection = True

        def log_message(self, *_: object) -> None: ...

    return Handler


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Clients that go away are expected."""


@contextmanager
def serving() -> Iterator[Server]:
    """A server on a free port of this machine."""
    server = Server()
    http = _Quiet(("127.0.0.1", 0), _handler(server))
    server.url = f"http://127.0.0.1:{http.server_address[1]}"
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
