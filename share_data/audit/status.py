"""How far a build is, from its journal and its lock alone: nothing is changed, and nobody is asked."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from time import time
from typing import Any, Literal

from share_data.audit.journal_summary import JournalSummary, Trouble, Underway
from share_data.audit.step_status import StepStatus, step_statuses
from share_data.build.workspace import JOURNAL, holder
from share_data.corpus.write.target import target_of
from share_data.engine.events import checked
from share_data.engine.journal import journal_lines
from share_data.errors import CorpusError
from share_data.progress.video_time import VideoTime

State = Literal["running", "finished", "stopped", "disk_full", "error", "died"]
_STOPPED = ("InterruptedBuild", "KeyboardInterrupt")


@dataclass(frozen=True, slots=True)
class Status:
    """A build. Times are seconds since 1970.

    how: as its journal's last line says, empty while it runs and after a death; exit_code: of a finished one; who:
    holds the workspace (host, pid, since, command); name: of its recipe; begun: when the latest build began; until:
    when it ended, or now, or its last sign of life; mixed: builds of different recipes were made here, and `done`
    counts them all; video: what the build last put on record of it; errors: the last few, oldest first; quarantined:
    failed for good; tracebacks: the folder they lie in, or empty.
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
    video: VideoTime | None
    errors: list[Trouble]
    quarantined: list[Trouble]
    tracebacks: str

    def to_json(self) -> dict[str, Any]:
        """The status as plain data."""
        video = None if self.video is None else self.video.to_json()
        return asdict(self) | {"seconds": self.until - self.begun, "video": video}


def read_status(place: str, now: float | None = None) -> Status:
    """The status of the build that writes, or wrote, to a folder or URL. now: seconds since 1970, None: the clock.

    Raises CorpusError when no build has been here, or its journal is damaged.
    """
    workspace = target_of(place).workspace
    who = holder(workspace)
    summary = _read(place, workspace / JOURNAL, held=who is not None)
    if who is None and not summary.end:
        who = holder(workspace)  # It may have begun in between.
    now = time() if now is None else now
    since = now if who is None else float(who.get("since", now))
    if who is not None and since > float(summary.begin.get("t", 0)):
        summary.new_build({**summary.begin, "t": since})  # The holder has put nothing on record yet.
    if not summary.begin:
        raise CorpusError(f"{place}: a build was started here and died before it began. Build again.")
    state, exit_code = _state(summary, running=who is not None)
    until = now if state == "running" else float(summary.end.get("t", summary.latest))
    return Status(
        place=place, state=state, how=str(summary.end.get("how", "")), exit_code=exit_code,
        who=who if state == "running" else None, name=str(summary.begin.get("recipe", {}).get("name", "")),
        version=str(summary.begin.get("version", "")), engine=str(summary.begin.get("engine", "")),
        begun=float(summary.begin["t"]), until=until, mixed=summary.mixed,
        steps=step_statuses(summary, state == "running", until),
        underway=list(summary.underway.values()), video=summary.video, errors=list(summary.errors),
        quarantined=list(summary.quarantined.values()), tracebacks=_tracebacks(workspace),
    )  # fmt: skip


def _read(place: str, journal: Path, held: bool) -> JournalSummary:
    summary = JournalSummary()
    if not journal.is_file():
        if held:
            return summary
        raise CorpusError(f"{place}: no build has been here ({journal} is missing). Give the --output of a build.")
    for offset, event in checked(journal_lines(journal)):
        try:
            summary.take(event)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CorpusError(f"{journal}: no event of a build at byte {offset} ({error!r})") from error
    return summary


def _state(summary: JournalSummary, running: bool) -> tuple[State, int | None]:
    how = str(summary.end.get("how", ""))
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
