"""What a build would do, without doing it: its own listing and queues, on a journal that forgets."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from share_data.build import workspace as ws
from share_data.build.admission import require_same_care
from share_data.build.auto import auto_notes, resolve_auto
from share_data.build.build import BuildOptions, exit_code_of
from share_data.build.catalogue import Catalogue
from share_data.build.listing import list_sources
from share_data.build.plan.changes import STAGES, Stage
from share_data.build.plan.costs import Costs
from share_data.build.plan.footage import video_seconds
from share_data.build.plan.forecast import UNITS, Plan, Reason, StagePlan, Unlisted
from share_data.build.plan.invalidation import EarlierBuilds
from share_data.build.plan.located import LocatedVideos
from share_data.build.plan.plan_scan import PlanScan
from share_data.build.plan.read_only import ReadOnlyJournal, ReadOnlyStore
from share_data.build.pools import workers_of
from share_data.build.results import result_problem
from share_data.build.scheduler import Scheduler
from share_data.build.stages.keys import StageKeys
from share_data.build.stages.stages import Stages
from share_data.build.worker import WorkerSpec
from share_data.corpus.write.target import Target, target_of
from share_data.engine.history import History
from share_data.engine.watch import Silent
from share_data.recipe.model import Recipe
from share_data.records import Video
from share_data.scan.clips import ClipsConfig
from share_data.store.paths import cache_root, data_home

_ORDINARY = BuildOptions()


class _Notes(Silent):
    """Keeps what a build would print."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        self.lines.append(text)


def plan_build(
    recipe: Recipe,
    out: Path | str,
    options: BuildOptions = _ORDINARY,
    make_spec: Callable[..., Any] = WorkerSpec.of,
) -> Plan:
    """What building `recipe` into the folder or URL `out` would do now.

    Nothing is written, fetched or computed, and no lock is taken: a build may be running, and is seen as it stands.
    Raises RecipeError, BodyModelError, CorpusError (the journal is damaged) and MissingDependencyError, as a build
    would.
    """
    target = target_of(str(out))
    require_same_care(recipe, target, str(out))
    recipe, choices = resolve_auto(recipe)
    spec = make_spec(recipe, cache_root(), data_home(), target.workspace, str(out))
    stages: Stages = spec.stages()
    stages.store = ReadOnlyStore(stages.store.root)
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(TemporaryDirectory()))
        journal = ReadOnlyJournal(target.workspace / ws.JOURNAL, scratch)
        stack.callback(journal.close)
        catalogue = Catalogue(scratch)
        stack.callback(catalogue.close)
        said = auto_notes(choices, target, journal)
        plan = _Planner(recipe, options, target, stages, journal, catalogue).plan(str(out))
        return replace(plan, notes=(*said, *plan.notes))


class _Planner:
    """One plan, on a journal that forgets and a store that is only looked into."""

    def __init__(
        self,
        recipe: Recipe,
        options: BuildOptions,
        target: Target,
        stages: Stages,
        journal: ReadOnlyJournal,
        catalogue: Catalogue,
    ) -> None:
        self._recipe = recipe
        self._options = options
        self._target = target
        self._stages = stages
        self._journal = journal
        self._catalogue = catalogue
        self._costs = Costs(recipe, stages.store, journal)

    def plan(self, output: str) -> Plan:
        """See `plan_build`."""
        notes = _Notes()
        earlier = EarlierBuilds(self._journal, self._recipe.resolved())
        sources = list_sources(self._recipe, self._catalogue, notes)
        unlisted = tuple(Unlisted(e.unit, e.error_class, e.message) for e in sources if e.status == "failed")
        mined = (self._stages.store.root / "mine").is_dir()
        located = LocatedVideos(self._recipe, earlier, self._fetch_digest, hashing=mined)
        scan, seconds = self._scan(earlier, located, notes)
        stages = tuple(self._stage(stage, scan) for stage in STAGES)
        workers = workers_of(self._options.engine, self._options.address, self._recipe.engine, self._catalogue.videos)
        return Plan(
            output=output,
            stages=stages,
            clips=dict(scan.clips),
            video_seconds=seconds,
            changes=tuple(earlier.changes()),
            workers=workers,
            seconds=round(sum(stage.seconds or 0 for stage in stages) / workers, 1),
            gpu_hours=round(sum(stage.gpu_hours or 0 for stage in stages), 3),
            pictures=dict(sorted(scan.pictures.items())),
            complete=not unlisted and all(_is_known(stage) for stage in stages),
            unlisted=unlisted,
            exit_code=self._exit_code(len(unlisted), scan) if unlisted else 0,
            notes=(*notes.lines, *_remarks(earlier, located, scan.pooled)),
        )

    def _scan(
        self, earlier: EarlierBuilds, located: LocatedVideos, notes: _Notes
    ) -> tuple[PlanScan, dict[str, dict[str, float]]]:
        """The look at everything, and how much video there is."""
        history = History(self._journal, result_problem)
        history.resume(self._options.retry)
        work = Scheduler(self._stages, self._catalogue, history, self._target, notes)
        scan = PlanScan(self._stages, self._catalogue, history, work, earlier, located)
        scan.run()
        return scan, video_seconds(self._catalogue, work)

    def _exit_code(self, unlisted: int, scan: PlanScan) -> int:
        if scan.keeps_nothing() and self._target.published() is not None:
            return 1  # Nothing takes the place of a corpus because a source is away, see `publish`.
        units = len(self._recipe.sources) + self._catalogue.videos + self._catalogue.windows
        return exit_code_of(unlisted + scan.failed_before(), units, self._recipe.tolerance)

    def _fetch_digest(self, video: Video, clips: ClipsConfig) -> str:
        """Digest of the job that fetches a video, under another clips section."""
        recipe = self._recipe.model_copy(update={"clips": clips})
        stages = self._stages
        keys = StageKeys(recipe, stages.humans.info, stages.geometry.info, stages.body.sha256, stages.scale)
        return keys.fetch_digest(video)

    def _stage(self, stage: Stage, scan: PlanScan) -> StagePlan:
        tally = scan.tallies[stage]
        seconds = self._costs.seconds(tally)
        return StagePlan(
            stage=stage,
            unit=UNITS.get(stage, "clip"),
            total=tally.units,
            stored=tally.units - tally.todo - tally.failed,
            to_compute=tally.todo,
            failed_before=tally.failed,
            unknown_videos=0 if stage in ("fetch", "mine") else scan.closed_videos,
            unknown_clips=0 if stage in ("fetch", "mine", "measure") else scan.clips["undecided"],
            seconds=None if seconds is None else round(seconds, 1),
            gpu_hours=None if seconds is None else round(self._costs.gpu_hours(stage, seconds), 3),
            reasons=tuple(Reason(text, count) for text, count in tally.reasons.most_common()),
        )


def _is_known(stage: StagePlan) -> bool:
    return stage.seconds is not None and not stage.unknown_videos + stage.unknown_clips


def _remarks(earlier: EarlierBuilds, located: LocatedVideos, pooled: int) -> Iterator[str]:
    if pooled:
        yield f"{pooled} clip(s) of one video or camera with others are assembled once all of these told their scale"
    if earlier.unfinished:
        yield "the last build here has not ended: it is running, or was killed; this is how things stand now"
    if located.unread:
        yield f"{located.unread} video(s) are too large to be looked into now, and count as not mined"
