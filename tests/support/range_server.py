"""A web server of one folder that knows byte ranges, counts what it sends, and cuts connections when told to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread


@dataclass(slots=True)
class Served:
    """url: of the folder; cut: numbers of the requests for shards, from 0, whose connection breaks half-way."""

    folder: Path
    url: str = ""
    cut: set[int] = field(default_factory=set)
    ranges: bool = True
    sent: int = 0
    requests: int = 0
    lock: Lock = field(default_factory=Lock)

    def count(self, size: int) -> bool:
        """Note a request for a shard's bytes; whether its connection breaks."""
        with self.lock:
            self.requests += 1
            self.sent += size
            return self.requests - 1 in self.cut


@contextmanager
def range_server(folder: Path) -> Iterator[Served]:
    """Serve a folder on this machine for as long as the block lasts."""
    served = Served(folder)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, body: bool) -> None:
            path = served.folder / self.path.lstrip("/")
            if not path.is_file():
                self.send_error(404)
                return
            data, wanted = path.read_bytes(), self.headers.get("Range")
            first, last = 0, len(data) - 1
            if wanted and served.ranges:
                low, _, high = wanted.removeprefix("bytes=").partition("-")
                first, last = int(low), min(int(high or last), last)
            part = data[first : last + 1]
            self.send_response(206 if wanted and served.ranges else 200)
            self.send_header("Content-Length", str(len(part)))
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
            self.end_headers()
            if not body:
                return
            if path.suffix == ".tar" and served.count(len(part)):
                self.wfile.write(part[: len(part) // 2])
                self.close_connection = True
                return
            self.wfile.write(part)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
