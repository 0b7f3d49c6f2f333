"""The end of a build: tables from the journal, then everything staged becomes the corpus, all of it or nothing."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from share_data.build.outcomes import Outcomes
from share_data.build.packer import sidecar_path, staging_folder
from share_data.build.scheduler import Scheduler
from share_data.build.stages.stages import Stages
from share_data.corpus.layout import THUMBNAILS
from share_data.corpus.manifest import Manifest
from share_data.corpus.write.sidecar import read_head
from share_data.corpus.write.tables import write_tables
from share_data.corpus.write.target import Target
from share_data.corpus.write.thumbnails import write_thumbnails
from share_data.errors import CorpusError
from share_data.ledger.conservation import LedgerTotals
from share_data.ledger.ledger import Entry


def publish(
    target: Target, work: Scheduler, outcomes: Outcomes, stages: Stages, body: Mapping[str, str]
) -> tuple[Manifest, LedgerTotals]:
    """Publish the corpus of finished work, unless just that one is there already; returns its manifest and totals.

    stages: of the recipe; body: the body model's stamp. Raises CorpusError when the
    books do not balance or nothing would take the place of something, DiskFullError when it does not fit.
    """
    recipe, entries = stages.recipe, outcomes.entries()
    tables = target.workspace / "staging" / "tables"
    sidecars = [sidecar_path(target.workspace, work.digests[shard]) for shard in sorted(work.digests)]
    described = work.judging.described()
    manifest, totals = write_tables(
        tables, sidecars, entries, recipe.resolved(), body, recipe.opt_out, described, work.copies.names()
    )
    before = target.published()
    if before is not None and before.records and not manifest.records and not _leaves_out_more(manifest, before):
        _not_in_place_of_a_corpus(totals.failures)
    new = manifest != before or not target.whole(manifest)
    _keep_thumbnails(target.workspace, new, outcomes, stages)
    if new:
        target.publish(manifest, _staged(target.workspace, tables, work))
    shutil.rmtree(target.workspace / "staging", ignore_errors=True)
    _drop_others(target.workspace / "shards", {path.name for path in sidecars})
    return manifest, totals


def _keep_thumbnails(workspace: Path, new: bool, outcomes: Outcomes, stages: Stages) -> None:
    """Pictures of the clips that have no record, as the recipe wants them, before the corpus that they are of.

    Whoever is left out from now on has gone from here first.
    """
    file = workspace / THUMBNAILS
    if not stages.recipe.report.thumbnails:
        file.unlink(missing_ok=True)
    elif new or not file.exists():
        write_thumbnails(file, workspace / "staging" / THUMBNAILS, outcomes.pictures(stages))


def _staged(workspace: Path, tables: Path, work: Scheduler) -> dict[str, Path]:
    """Path in the corpus to staged file. Shards that lie in the corpus already, or were sent to it, are not staged."""
    staged = {path.name: path for path in tables.iterdir()}
    for digest in work.digests.values():
        folder = staging_folder(workspace, digest)
        for entry in read_head(sidecar_path(workspace, digest)).files:
            if (folder / entry.path).exists():
                staged[entry.path] = folder / entry.path
    return staged


def _leaves_out_more(manifest: Manifest, before: Manifest) -> bool:
    """Whoever asked to be left out is, even if nothing else remains."""
    return manifest.counts["video"]["opted_out"] > before.counts["video"].get("opted_out", 0)


def _not_in_place_of_a_corpus(failed: Sequence[Entry]) -> None:
    """Records that are there must not give way to nothing because of a mistyped path or a lost disk."""
    if failed:
        raise CorpusError(
            f"nothing was kept and {len(failed)} unit(s) failed, the first {failed[0].unit}: {failed[0].message} "
            "The corpus that is there was left as it was. Mend the cause, or remove the corpus yourself."
        )


def _drop_others(folder: Path, wanted: set[str]) -> None:
    """What is known of shards that are no part of the corpus any more."""
    for path in folder.glob("*.jsonl"):
        if path.name not in wanted:
            path.unlink(missing_ok=True)
