"""How far a build is, from its journal and its lock alone: nothing is changed, and nobody is asked."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from time import time
from typing import Any, Literal

from share_data.audit.chronicle import Chronicle, Trouble, Underway
from share_data.audit.step_status import StepStatus, step_statuses
from share_data.engine.journal import journal_lines
from share_data.errors import CorpusError
from share_data.pipeline.target import target_of
from share_data.pipeline.workspace import JOURNAL, holder

State = Literal["running", "finished", "stopped", "disk_full", "error", "died"]
_STOPPED = ("InterruptedBuild", "KeyboardInterrupt")


@dataclass(frozen=True, slots=True)
class Status:
    """A build. Times are seconds since 1970.

    how: as its journal's last line says, empty while it runs and after a death; exit_code: of a finished one; who:
    holds the workspace (host, pid, since, command); name: of its recipe; begun: when the latest build began; until:
    when it ended, or now, or its last sign of life; mixed: builds of different recipes were made here, and `done`
    counts them all; errors: the last few, oldest first; quarantined: failed for good; tracebacks: the folder they lie
    in, or empty.
    """

    place: str
    state: State
    how: str
    exit_code: int | None
    who: Mapping[str, Any] | None
    name: str
    version: str
    engine: str
    begun: float
    until: float
    mixed: bool
    steps: list[StepStatus]
    underway: list[Underway]
    errors: list[Trouble]
    quarantined: list[Trouble]
    tracebacks: str

    def to_json(self) -> dict[str, Any]:
        """The status as plain data."""
        return asdict(self) | {"seconds": self.until - self.begun}


def read_status(place: str, now: float | None = None) -> Status:
    """The status of the build that writes, or wrote, to a folder or URL. now: seconds since 1970, None: the clock.

    Raises CorpusError when no build has been here, or its journal is damaged.
    """
    workspace = target_of(place).workspace
    who = holder(workspace)
    story = _read(place, workspace / JOURNAL, held=who is not None)
    if who is None and not story.end:
        who = holder(workspace)  # It may have begun in between.
    now = time() if now is None else now
    since = now if who is None else float(who.get("since", now))
    if who is not None and since > float(story.begin.get("t", 0)):
        story.new_build({**story.begin, "t": since})  # The holder has put nothing on record yet.
    if not story.begin:
        raise CorpusError(f"{place}: a build was started here and died before it began. Build again.")
    state, exit_code = _state(story, running=who is not None)
    until = now if state == "running" else float(story.end.get("t", story.latest))
    return Status(
        place=place, state=state, how=str(story.end.get("how", "")), exit_code=exit_code,
        who=who if state == "running" else None, name=str(story.begin.get("recipe", {}).get("name", "")),
        version=str(story.begin.get("version", "")), engine=str(story.begin.get("engine", "")),
        begun=float(story.begin["t"]), until=until, mixed=story.mixed,
        steps=step_statuses(story, state == "running", until),
        underway=list(story.underway.values()), errors=list(story.errors),
        quarantined=list(story.quarantined.values()), tracebacks=_tracebacks(workspace),
    )  # fmt: skip


def _read(place: str, journal: Path, held: bool) -> Chronicle:
    story = Chronicle()
    if not journal.is_file():
        if held:
            return story
        raise CorpusError(f"{place}: no build has been here ({journal} is missing). Give the --output of a build.")
    for offset, event in journal_lines(journal):
        try:
            story.take(event)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CorpusError(f"{journal}: no event of a build at byte {offset} ({error!r})") from error
    return story


def _state(story: Chronicle, running: bool) -> tuple[State, int | None]:
    how = str(story.end.get("how", ""))
    if how.startswith("exit "):
        return "finished", int(how.removeprefix("exit "))
    if how in _STOPPED:
        return "stopped", None
    if how:
        return ("disk_full" if how == "DiskFullError" else "error"), None
    return ("running" if running else "died"), None


def _tracebacks(workspace: Path) -> str:
    folder = workspace / "tracebacks"
    return str(folder) if folder.is_dir() and any(folder.iterdir()) else ""
