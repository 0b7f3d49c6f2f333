"""What a build would do, without doing it: its own listing and queues, on a journal that forgets."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from share_data.engine.history import History
from share_data.paths import cache_root, data_home
from share_data.pipeline import workspace as ws
from share_data.pipeline.admission import require_same_care
from share_data.pipeline.auto import resolve_auto
from share_data.pipeline.auto_notes import auto_notes
from share_data.pipeline.build import BuildOptions
from share_data.pipeline.catalogue import Catalogue
from share_data.pipeline.changes import STAGES, Stage
from share_data.pipeline.clips import ClipsConfig
from share_data.pipeline.costs import Costs, workers_of
from share_data.pipeline.forecast import UNITS, Plan, Reason, StagePlan
from share_data.pipeline.keys import StageKeys
from share_data.pipeline.listing import list_sources
from share_data.pipeline.past import Past
from share_data.pipeline.places import Places
from share_data.pipeline.rehearsal import Rehearsal, SealedStore
from share_data.pipeline.stages import Stages
from share_data.pipeline.survey import Survey
from share_data.pipeline.target import Target, target_of
from share_data.pipeline.watch import Silent
from share_data.pipeline.work import Work
from share_data.pipeline.worker import WorkerSpec
from share_data.recipe import Recipe
from share_data.records import Video

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
    stages.store = SealedStore(stages.store.root)
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(TemporaryDirectory()))
        journal = Rehearsal(target.workspace / ws.JOURNAL, scratch)
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
        journal: Rehearsal,
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
        past = Past(self._journal, self._recipe.resolved())
        list_sources(self._recipe, self._catalogue, notes)
        mined = (self._stages.store.root / "mine").is_dir()
        places = Places(self._recipe, past, self._fetch_digest, hashing=mined)
        survey = self._survey(past, places, notes)
        stages = tuple(self._stage(stage, survey) for stage in STAGES)
        workers = workers_of(self._recipe, self._options, self._catalogue.videos)
        return Plan(
            output=output,
            stages=stages,
            clips=dict(survey.clips),
            changes=tuple(past.changes()),
            workers=workers,
            seconds=round(sum(stage.seconds or 0 for stage in stages) / workers, 1),
            gpu_hours=round(sum(stage.gpu_hours or 0 for stage in stages), 3),
            complete=all(s.seconds is not None and not s.unknown_videos + s.unknown_clips for s in stages),
            notes=(*notes.lines, *_remarks(past, places)),
        )

    def _survey(self, past: Past, places: Places, notes: _Notes) -> Survey:
        history = History(self._journal)
        history.resume(self._options.retry)
        work = Work(self._stages, self._catalogue, history, self._target, notes)
        survey = Survey(self._stages, self._catalogue, history, work, past, places)
        survey.run()
        return survey

    def _fetch_digest(self, video: Video, clips: ClipsConfig) -> str:
        """Digest of the job that fetches a video, under another clips section."""
        recipe = self._recipe.model_copy(update={"clips": clips})
        stages = self._stages
        return StageKeys(recipe, stages.humans.info, stages.geometry.info, stages.body.sha256).fetch_digest(video)

    def _stage(self, stage: Stage, survey: Survey) -> StagePlan:
        tally = survey.tallies[stage]
        seconds = self._costs.seconds(tally)
        return StagePlan(
            stage=stage,
            unit=UNITS.get(stage, "clip"),
            total=tally.units,
            stored=tally.units - tally.todo - tally.failed,
            to_compute=tally.todo,
            failed_before=tally.failed,
            unknown_videos=0 if stage in ("fetch", "mine") else survey.closed_videos,
            unknown_clips=0 if stage in ("fetch", "mine", "measure") else survey.clips["undecided"],
            seconds=None if seconds is None else round(seconds, 1),
            gpu_hours=None if seconds is None else round(self._costs.gpu_hours(stage, seconds), 3),
            reasons=tuple(Reason(text, count) for text, count in tally.reasons.most_common()),
        )


def _remarks(past: Past, places: Places) -> Iterator[str]:
    if past.unfinished:
        yield "the last build here has not ended: it is running, or was killed; this is how things stand now"
    if places.unread:
        yield f"{places.unread} video(s) are too large to be looked into now, and count as not mined"
