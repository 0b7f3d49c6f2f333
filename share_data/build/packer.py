"""Packing on a worker: reads the members of a shard back from the stage store and writes it into the workspace."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from share_data.build.stages.stages import Stages
from share_data.corpus.record import to_sample
from share_data.corpus.write.shards import Member, Sample, ShardOptions, Written, write_shard
from share_data.corpus.write.sidecar import write_sidecar
from share_data.corpus.write.target import target_of
from share_data.records import Clip


def staging_folder(workspace: Path, digest: str) -> Path:
    """Where the files of a shard lie until they are published; another plan's shard never has the same digest."""
    return workspace / "staging" / digest


def sidecar_path(workspace: Path, digest: str) -> Path:
    """Where what is known of a shard lies."""
    return workspace / "shards" / f"{digest}.jsonl"


def reviewed(scores: Mapping[str, float], said: str) -> dict[str, float]:
    """A record's scores with a person's word among them, where there is one. said: "good", or nothing."""
    return {**scores, **({"reviewed": 1.0} if said == "good" else {})}


class Packer:
    """Writes shards. written: bytes put on the disk or sent so far."""

    def __init__(self, stages: Stages, workspace: Path, output: str) -> None:
        self._stages = stages
        self._workspace = workspace
        self._target = target_of(output)
        self.written = 0

    def sample(self, clip: Clip, key: str, said: str = "") -> Sample:
        """The record of a clip, read back from the store. key: of its reconstruction; said: what a person said of it.

        Raises KeyError when that has gone from the store.
        """
        reconstruction, preview = self._stages.reconstruction(key)
        reconstruction = replace(reconstruction, scores=reviewed(reconstruction.scores, said))
        metadata, arrays = to_sample(clip, reconstruction, self._stages.recipe.output.precision)
        return Sample(metadata, arrays, preview)

    def write(self, number: int, digest: str, members: Sequence[tuple[Clip, str, str]]) -> dict[str, Any]:
        """Write shard `number` of these clips, each with its reconstruction's key and what a person said of it.

        Returns {"records", "bytes"}, or {"missing": positions of members} where results have gone from the store.
        Raises DiskFullError.
        """
        missing = [place for place, (_, key, _) in enumerate(members) if not self._stages.store.has("reconstruct", key)]
        if missing:
            return {"missing": missing}
        folder = staging_folder(self._workspace, digest)
        output = self._stages.recipe.output
        loaders = [Member(member[0].key, partial(self.sample, *member)) for member in members]
        try:
            written = write_shard(number, loaders, folder, ShardOptions(output.formats, output.max_bytes))
        except KeyError as error:
            gone = error.args[0]
            return {"missing": [place for place, (_, key, _) in enumerate(members) if key == gone]}
        self._deliver(folder, written)
        write_sidecar(sidecar_path(self._workspace, digest), written)
        return {"records": len(written.rows), "bytes": sum(entry.bytes for entry in written.files)}

    def _deliver(self, folder: Path, written: Written) -> None:
        for entry in written.files:
            self._target.deliver(folder / entry.path, entry)
            self.written += entry.bytes
        if folder.is_dir() and not any(path.is_file() for path in folder.rglob("*")):
            shutil.rmtree(folder, ignore_errors=True)
