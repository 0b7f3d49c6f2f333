"""A stand-in for the Hugging Face hub: as much of its interface as `huggingface_hub` uses to publish a data set."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = "somebody/mine"
_LARGE = (".tar", ".parquet")
_COMMIT = "c" * 40


class Hub:
    """One repository. files: what its last commit shows; objects: large contents by SHA-256, committed or not."""

    def __init__(self) -> None:
        self.exists = False
        self.files: dict[str, bytes] = {}
        self.objects: dict[str, bytes] = {}
        self.uploads = self.commits = 0
        self.fail_after: int | None = None

    def commit(self, lines: list[dict[str, Any]]) -> None:
        """All operations of a commit at once."""
        files = dict(self.files)
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.objects[value["oid"]]
            elif line["key"] == "deletedFile":
                del files[value["path"]]
        self.files = files
        self.commits += 1


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    @property
    def _endpoint(self) -> str:
        return f"http://{self.headers['Host']}"

    def log_message(self, *args: Any) -> None:
        """Nothing is logged."""

    def do_HEAD(self) -> None:
        self._resolve(body=False)

    def do_GET(self) -> None:
        if "/tree/" in self.path:
            self._json([_entry(path, data) for path, data in sorted(self.hub.files.items())])
        elif "/resolve/" in self.path:
            self._resolve(body=True)
        else:
            self._json([] if "/api/datasets/" in self.path else {})

    def do_PUT(self) -> None:
        if self.hub.fail_after is not None and self.hub.uploads >= self.hub.fail_after:
            return self._json({"error": "no room"}, 400)
        self.hub.objects[self.path.rpartition("/")[2]] = self._body()
        self.hub.uploads += 1
        self._json({})

    def do_POST(self) -> None:
        body = self._body()
        if self.path.endswith("/repos/create"):
            status = 409 if self.hub.exists else 200
            self.hub.exists = True
            self._json({"url": f"{self._endpoint}/datasets/{REPOSITORY}", "error": "exists"}, status)
        elif self.path.endswith("/validate-yaml"):
            self._json({"errors": _card_errors(json.loads(body)["content"]), "warnings": []})
        elif "/preupload/" in self.path:
            names = [each["path"] for each in json.loads(body)["files"]]
            modes = [(name, "lfs" if name.endswith(_LARGE) else "regular") for name in names]
            self._json({"files": [{"path": n, "uploadMode": mode, "shouldIgnore": False} for n, mode in modes]})
        elif self.path.endswith("/objects/batch"):
            self._json({"transfer": "basic", "objects": [self._action(each) for each in json.loads(body)["objects"]]})
        elif "/commit/" in self.path:
            self.hub.commit([json.loads(line) for line in body.splitlines()])
            self._json({"commitUrl": f"{self._endpoint}/datasets/{REPOSITORY}/commit/{_COMMIT}", "commitOid": _COMMIT})

    def _action(self, wanted: dict[str, Any]) -> dict[str, Any]:
        if wanted["oid"] in self.hub.objects:
            return wanted
        return wanted | {"actions": {"upload": {"href": f"{self._endpoint}/lfs/{wanted['oid']}"}}}

    def _resolve(self, body: bool) -> None:
        data = self.hub.files[self.path.partition("/resolve/")[2].partition("/")[2]]
        self.send_response(200)
        self.send_header("ETag", f'"{hashlib.sha1(data).hexdigest()}"')
        self.send_header("X-Repo-Commit", _COMMIT)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data if body else b"")

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _json(self, value: Any, status: int = 200) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _entry(path: str, data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "file", "path": path, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}
    large = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
    return found | ({"lfs": large} if path.endswith(_LARGE) else {})


def _card_errors(content: str) -> list[dict[str, str]]:
    """What the hub asks of a card, as far as its documentation says."""
    head = yaml.safe_load(content.split("---\n")[1])
    problems = [] if isinstance(head.get("license"), str | list) else ['"license" is missing']
    if head.get("license") == "other" and not {"license_name", "license_link"} <= head.keys():
        problems.append('"license_name" and "license_link" are missing')
    return [{"message": problem} for problem in problems]


@contextmanager
def hub_server(cache: Path) -> Iterator[Hub]:
    """A hub that `huggingface_hub` finds in this process. cache: for what it downloads."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_TOKEN", "hf_made_up")
        endpoint = f"http://127.0.0.1:{server.server_port}"
        patch.setattr("huggingface_hub.constants.ENDPOINT", endpoint)
        template = f"{endpoint}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        patch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
        patch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
        patch.setattr("huggingface_hub.constants.AGENT_HARNESSES_PATH", str(cache / "agents.json"))
        patch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
        patch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_PROGRESS_BARS", True)
        try:
            yield hub
        finally:
            server.shutdown()
            server.server_close()
