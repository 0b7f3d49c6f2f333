"""The build: list, then fetch, measure, decide, reconstruct and pack on an engine, then publish."""

import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from share_data import __version__
from share_data.build import workspace as ws
from share_data.build.admission import require_same_care
from share_data.build.auto import Choice, auto_notes, resolve_auto
from share_data.build.catalogue import Catalogue
from share_data.build.lengths.heard import Heard
from share_data.build.lengths.teller import VideoTeller
from share_data.build.listing import list_sources
from share_data.build.outcomes import Outcomes
from share_data.build.pools import EngineChoice, choose_pool, workers_of
from share_data.build.publish import publish
from share_data.build.rates import RateMeter, load_rates, measure_rates, rate_keys, save_rates
from share_data.build.results import result_problem
from share_data.build.scheduler import Scheduler
from share_data.build.stages.stages import Stages
from share_data.build.worker import WorkerSpec
from share_data.corpus.layout import SHARD_FOLDER
from share_data.corpus.write.target import Target, target_of
from share_data.engine.history import History
from share_data.engine.interrupt import Stop
from share_data.engine.journal import Journal
from share_data.engine.loop import Engine
from share_data.engine.pool import Pool, Spec
from share_data.engine.watch import Watcher
from share_data.errors import DiskFullError, MachineError
from share_data.ledger.conservation import LedgerTotals
from share_data.machine import kills_for_memory
from share_data.recipe.model import Recipe, ToleranceConfig
from share_data.store.paths import cache_root, data_home


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build ended with; `exit_code` is 0, 1 (failures above tolerance) or 3 (within tolerance).

    totals: what became of every unit; kinds: the human and the geometry estimator's; estimators: see
    `Manifest.estimators`; choices: what `kind: auto` took.
    """

    totals: LedgerTotals
    kinds: tuple[str, str]
    estimators: Mapping[str, Mapping[str, int]]
    records: int
    shards: int
    exit_code: int
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """How to run a build; none of it changes a byte of the corpus.

    engine: for `auto` see `wants_ray`; address: of a running Ray cluster; retry:
    None, "" to try all failed units again, or the error class of those to try again.
    """

    engine: EngineChoice = "auto"
    address: str = ""
    retry: str | None = None


class InterruptedBuild(Exception):
    """The user asked to stop; what was under way has ended, and everything finished is stored."""


def build_corpus(
    recipe: Recipe,
    out: Path | str,
    watch: Watcher,
    options: BuildOptions = BuildOptions(),
    make_spec: Callable[..., Any] = WorkerSpec.of,
) -> BuildResult:
    """Build `recipe` into the folder or URL `out`.

    Stages found in the store are not computed again, and neither is what the journal of an earlier build here holds.
    Raises RecipeError, BodyModelError, CorpusError (the place is in use, or holds files of another origin),
    MachineError, MissingDependencyError, EngineError, InterruptedBuild, and KeyboardInterrupt when asked twice.
    """
    for folder in (cache_root(), data_home()):
        ws.require_writable(folder)
    if "://" not in str(out):
        ws.require_writable(Path(out))
    target = target_of(str(out))
    with ExitStack() as stack:
        stack.enter_context(ws.claimed(target.workspace, str(out)))
        target.check()
        require_same_care(recipe, target, str(out))
        ws.collect(target.workspace)
        stop = Stop()
        stack.enter_context(stop.listening(watch.note))
        recipe, choices = resolve_auto(recipe)
        spec = make_spec(recipe, cache_root(), data_home(), target.workspace, str(out))
        spec = spec.marked()
        stack.callback(spec.forget_marks)
        stages = spec.stages()
        stages.store.collect()
        journal = Journal(target.workspace / ws.JOURNAL)
        stack.callback(journal.close)
        for line in auto_notes(choices, target, journal):
            watch.note(line)
        catalogue = Catalogue(target.workspace)
        stack.callback(catalogue.close)
        result = _Build(recipe, target, stages, journal, catalogue, watch, stop).run(options, spec)
        return replace(result, choices=choices)


class _Build:
    """One run of a build that holds its workspace."""

    def __init__(
        self,
        recipe: Recipe,
        target: Target,
        stages: Stages,
        journal: Journal,
        catalogue: Catalogue,
        watch: Watcher,
        stop: Stop,
    ) -> None:
        self._recipe = recipe
        self._target = target
        self._stages = stages
        self._journal = journal
        self._catalogue = catalogue
        self._watch = watch
        self._stop = stop

    def run(self, options: BuildOptions, spec: Spec) -> BuildResult:
        """See `build_corpus`."""
        self._begin(options)
        rates = RateMeter(load_rates(self._stages.store.root))
        history = History(Heard(self._journal, rates.take), result_problem)
        self._stop.record = history.stopped
        history.resume(options.retry)
        body = self._stages.only_keys()
        sources = list_sources(self._recipe, self._catalogue, self._watch)
        limits = {config.label: config.at_once for config in self._recipe.sources if config.at_once is not None}
        watch = self._teller(options, rates, history)
        work = Scheduler(self._stages, self._catalogue, history, self._target, watch, limits)
        watch.states = work.states
        work.begin()
        watch.tell()
        engine = Engine(lambda: self._pool(options, spec), history, watch, self._stop)
        try:
            engine.run(work)
            if self._stop.requested:
                raise InterruptedBuild
            outcomes = Outcomes(sources, self._catalogue, history, work)
            manifest, totals = publish(self._target, work, outcomes, self._stages, body)
        except BaseException as error:
            with suppress(MachineError):
                self._end(type(error).__name__)
            if isinstance(error, DiskFullError):
                raise DiskFullError(f"{error}{self._needed(engine, work)}") from error
            raise
        watch.close()
        counts = totals.counts().values()
        failed, total = (sum(level[name] for level in counts) for name in ("failed", "total"))
        exit_code = exit_code_of(failed, total, self._recipe.tolerance)
        self._end(f"exit {exit_code}")
        if engine.ended:
            save_rates(self._stages.store.root, measure_rates(event for _, event in self._journal.lines()))
        shards = sum(entry.path.startswith(SHARD_FOLDER) for entry in manifest.files)
        kinds = (self._recipe.humans.kind, self._recipe.geometry.kind)
        return BuildResult(totals, kinds, manifest.estimators, manifest.records, shards, exit_code)

    def _begin(self, options: BuildOptions) -> None:
        self._journal.append(
            {"e": "begin", "t": time.time(), "version": __version__, "recipe": self._recipe.resolved(),
             "oom_kills": kills_for_memory(), "engine": options.engine, "gpus": self._recipe.engine.gpus_per_worker}
        )  # fmt: skip

    def _end(self, how: str) -> None:
        self._journal.append({"e": "end", "t": time.time(), "how": how})

    def _teller(self, options: BuildOptions, rates: RateMeter, history: History) -> VideoTeller:
        config = self._recipe.engine
        keys = rate_keys(self._recipe.resolved(), config.gpus_per_worker)
        workers = workers_of(options.engine, options.address, config, self._catalogue.videos)
        return VideoTeller(self._watch, rates, keys, workers, history.mark)

    def _pool(self, options: BuildOptions, spec: Spec) -> Pool:
        return choose_pool(
            options.engine, options.address, self._recipe.engine, spec, self._catalogue.videos,
            self._target.workspace, self._watch,
        )  # fmt: skip

    def _needed(self, engine: Engine, work: Scheduler) -> str:
        """How much room the rest will take, judged by what has been written so far."""
        if not engine.ended or not engine.written:
            return ""
        needed = engine.written / engine.ended * work.waiting()
        folders = (self._target.workspace, self._stages.store.root)
        free = {folder.stat().st_dev: (shutil.disk_usage(folder).free, folder) for folder in folders if folder.exists()}
        told = ", ".join(f"{room / 2**20:.0f} MiB are free in {folder}" for room, folder in free.values())
        return f" About {needed / 2**20:.0f} MiB are needed to finish, {told}."


def exit_code_of(failed: int, total: int, tolerance: ToleranceConfig) -> int:
    """How a build ends of whose `total` sources, videos and clips so many failed, see `BuildResult`."""
    if not failed:
        return 0
    return 3 if failed <= tolerance.max_failed_fraction * total else 1
