"""The build: gather, measure, decide, reconstruct, pack. Every unit ends in the ledger exactly once."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile

from share_data.audit.report import Report, summarise
from share_data.corpus.layout import MANIFEST, SHARD_FOLDER
from share_data.corpus.record import to_sample
from share_data.errors import CorpusError, ShareDataError
from share_data.ledger import Entry, Ledger, level_counts
from share_data.paths import cache_root, data_home
from share_data.pipeline.gather import gather, outcome_of, survives
from share_data.pipeline.pack import Member, PackOptions, Provenance, Sample, pack
from share_data.pipeline.stages import Stages
from share_data.pipeline.staging import check_target, recover
from share_data.pipeline.watch import Watcher
from share_data.recipe import Recipe
from share_data.records import Clip
from share_data.store import Store
from share_data.threads import one_thread


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build ended with; `exit_code` is 0, 1 (failures above tolerance) or 3 (within tolerance)."""

    report: Report
    records: int
    shards: int
    exit_code: int


def build_corpus(recipe: Recipe, out: Path, watch: Watcher) -> BuildResult:
    """Build `recipe` into the folder `out`.

    Stages found in the store are not computed again, so a build that was stopped goes on where it was. Raises
    RecipeError, BodyModelError, CorpusError (the folder is in use, or holds files of another origin) and DiskFullError.
    """
    for folder in (cache_root(), data_home()):
        _require_writable(folder)
    with _claimed(out), one_thread():
        ledger = Ledger()
        stages = Stages(recipe, Store(cache_root()))
        clips = gather(stages, ledger, watch)
        candidates = _judge(clips, stages, ledger, watch)
        members = _reconstruct(candidates, stages, ledger, watch)
        _not_in_place_of_a_corpus(members, ledger, out)
        watch.begin("pack", len(members))
        provenance = Provenance(ledger.entries, recipe.resolved(), stages.body.stamp)
        options = PackOptions(recipe.output.samples_per_shard, recipe.output.formats)
        manifest = pack(members, out, provenance, options)
    report = summarise(ledger.entries, (recipe.humans.kind, recipe.geometry.kind))
    shards = sum(entry.path.startswith(SHARD_FOLDER) for entry in manifest.files)
    exit_code = _exit_code(ledger, recipe.tolerance.max_failed_fraction)
    return BuildResult(report, len(members), shards, exit_code)


def _not_in_place_of_a_corpus(members: list[Member], ledger: Ledger, out: Path) -> None:
    """Records that are there must not give way to nothing because of a mistyped path or a lost disk."""
    failed = [entry for entry in ledger.entries if entry.status == "failed"]
    if not members and failed and (out / MANIFEST).exists():
        raise CorpusError(
            f"{out}: nothing was kept and {len(failed)} unit(s) failed, the first {failed[0].unit}: "
            f"{failed[0].message} The corpus that is there was left as it was."
        )


@contextmanager
def _claimed(out: Path) -> Iterator[None]:
    """Hold the corpus folder for this process alone; the kernel lets go of it however the process ends."""
    _require_writable(out)
    handle = os.open(out, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CorpusError(
                f"{out}: another build is writing here. Wait for it, or choose another --output."
            ) from None
        recover(out)
        check_target(out)
        yield
    finally:
        os.close(handle)


def _require_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ShareDataError(
            f"{folder}: cannot be written to ({error.strerror}). Make it a writable folder, or choose another one: "
            "--output for the corpus, SHARE_DATA_CACHE and SHARE_DATA_HOME for results and videos kept aside."
        ) from error


def _judge(clips: list[Clip], stages: Stages, ledger: Ledger, watch: Watcher) -> list[tuple[Clip, str]]:
    """Clips that pass every filter, each with its scores as JSON; the others go to the ledger."""
    watch.begin("measure", len(clips))
    candidates = []
    for clip in clips:
        entry, scores = None, "{}"
        with survives(ledger, "clip", clip.key, clip.video.unit, "measure") as failure:
            measurements = stages.measure(clip)
            scores = json.dumps({m.filter: dict(m.scores) for m in measurements}, sort_keys=True)
            rejecting = next((verdict for verdict in stages.decide(measurements) if not verdict.kept), None)
            if rejecting is None:
                candidates.append((clip, scores))
            else:
                entry = Entry(
                    "clip", clip.key, clip.video.unit, "rejected", stage=rejecting.filter, reason=rejecting.reason,
                    scores_json=scores,
                )  # fmt: skip
                ledger.add(entry)
        watch.advance("measure", clip.key, outcome_of(entry or failure.entry))
    return candidates


def _reconstruct(candidates: list[tuple[Clip, str]], stages: Stages, ledger: Ledger, watch: Watcher) -> list[Member]:
    watch.begin("reconstruct", len(candidates))
    members = []
    for clip, scores in candidates:
        with survives(ledger, "clip", clip.key, clip.video.unit, "reconstruct") as failure:
            key = stages.reconstruct(clip)
            _sample(clip, stages, key)  # A record that cannot be written must fail here, alone, not in the packing.
            members.append(Member(clip.key, partial(_packed, clip, stages, key, watch)))
            ledger.add(Entry("clip", clip.key, clip.video.unit, "kept", scores_json=scores))
        watch.advance("reconstruct", clip.key, outcome_of(failure.entry))
    return members


def _sample(clip: Clip, stages: Stages, key: str) -> Sample:
    """The record of a clip, read back from the store so that only one is in memory at a time."""
    reconstruction, preview = stages.reconstruction(key)
    metadata, arrays = to_sample(clip, reconstruction, stages.recipe.output.precision)
    return Sample(metadata, arrays, preview)


def _packed(clip: Clip, stages: Stages, key: str, watch: Watcher) -> Sample:
    sample = _sample(clip, stages, key)
    watch.advance("pack", clip.key, "kept")
    return sample


def _exit_code(ledger: Ledger, tolerance: float) -> int:
    counts = level_counts(ledger.entries)
    failed = sum(counts[level]["failed"] for level in counts)
    total = sum(counts[level]["total"] for level in counts)
    if not failed:
        return 0
    return 3 if failed <= tolerance * total else 1
