"""An S3 server of this test run, and made-up corpora in its buckets, published as a build does it."""

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import fsspec
import pytest
from make_records import BODY, make_clip, make_entries, make_member
from moto.server import ThreadedMotoServer

from share_data.corpus.layout import hash_order, is_numbered_file
from share_data.corpus.manifest import Manifest
from share_data.corpus.read import Corpus
from share_data.corpus.write.pack import PackOptions, Provenance, pack
from share_data.corpus.write.remote_target import RemoteTarget
from share_data.corpus.write.shards import ShardOptions, write_shard
from share_data.corpus.write.sidecar import write_sidecar
from share_data.corpus.write.tables import write_tables
from share_data.ledger.ledger import in_order

RECIPE = {"name": "made-up", "humans": {"kind": "blazepose"}, "geometry": {"kind": "ground_plane"}}
FORMATS = ("webdataset", "parquet")
PER_SHARD = 2


@contextmanager
def s3_server() -> Iterator[tuple[str, int]]:
    """A server that this process and its children find through the environment, as any other. Yields host and port."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("AWS_MAX_ATTEMPTS", "1")
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"):
            patch.delenv(name, raising=False)
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            patch.setenv(name, "/nonexistent")
        connect_anew()
        try:
            yield host, port
        finally:
            connect_anew()
            server.stop()


def connect_anew() -> None:
    """Forget connections, which keep the endpoint and the credentials they were made with."""
    fsspec.get_filesystem_class("s3").clear_instance_cache()


def bucket() -> fsspec.AbstractFileSystem:
    """The server as a file system of its own, beside the one under test."""
    return fsspec.filesystem("s3", use_listings_cache=False, default_cache_type="none")


def new_url() -> str:
    """A place in a new bucket."""
    name = f"bucket-{uuid.uuid4().hex}"
    bucket().mkdir(name)
    return f"s3://{name}/corpora/mine"


def objects(url: str) -> dict[str, bytes]:
    """Every object below `url`, by name."""
    root = url.removeprefix("s3://")
    return {name: bucket().cat_file(f"{root}/{name}") for name in last_written(url)}


def last_written(url: str) -> dict[str, datetime]:
    """When every object below `url` was put, by name."""
    root = url.removeprefix("s3://")
    found = bucket().find(root, detail=True)
    # A listing made while an object is being written may have an entry that lacks its facts: it is not there yet.
    whole = {path: facts for path, facts in found.items() if "LastModified" in facts}
    return {path.removeprefix(f"{root}/"): facts["LastModified"] for path, facts in whole.items()}


def provenance(count: int) -> tuple[list, Provenance]:
    clips = [make_clip(number, 4 + number % 3) for number in range(count)]
    members = [make_member(clip, seed) for seed, clip in enumerate(clips)]
    return members, Provenance(make_entries(clips), RECIPE, BODY)


def local_corpus(folder: Path, count: int) -> Manifest:
    """`count` made-up records in a folder."""
    members, books = provenance(count)
    return pack(members, folder, books, PackOptions(PER_SHARD, FORMATS))


def publish(url: str, workspace: Path, count: int) -> Manifest:
    """The same records below a URL: shards delivered as they are written, tables and manifest when all are there."""
    target = RemoteTarget(url, workspace)
    target.check()
    members, books = provenance(count)
    by_key = {member.key: member for member in members}
    order = hash_order(by_key)
    sidecars = []
    for number, first in enumerate(range(0, count, PER_SHARD)):
        batch = [by_key[key] for key in order[first : first + PER_SHARD]]
        written = write_shard(number, batch, workspace, ShardOptions(FORMATS))
        for entry in written.files:
            target.deliver(workspace / entry.path, entry)
        sidecars.append(workspace / f"{number}.jsonl")
        write_sidecar(sidecars[-1], written)
    manifest, _ = write_tables(workspace, sidecars, in_order(books.entries), books.recipe, books.body)
    tables = [entry.path for entry in manifest.files if not is_numbered_file(entry.path)]
    target.publish(manifest, {path: workspace / path for path in tables})
    return manifest


def first_pose(corpus: Corpus) -> float:
    """A number from the first record: here, where a process of its own finds it, as it finds no test's module."""
    return float(corpus[0].arrays["body_pose"][0, 0])
