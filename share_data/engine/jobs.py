"""What travels between the driver and its workers: a job there, a receipt back. Never an array."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Step = Literal["fetch", "measure", "reconstruct", "pack"]
STEPS: tuple[Step, ...] = get_args(Step)
Part = Literal["prepare", "estimate", "assemble"]
"""Of a reconstruction that several workers do: what needs no GPU, what needs one, and what needs none again."""
Task = Step | Part
"""What a worker is asked for."""

Kind = Literal["done", "refused", "error", "memory", "starved", "disk", "machine", "setup"]
Loss = Literal["death", "deadline", "node", "starved", "interruption"]
LONGEST_MESSAGE = 500


@dataclass(frozen=True, slots=True)
class Job:
    """One step of one unit.

    unit: name in the ledger and in messages; digest: 32 hex digits of everything that decides the result, so that equal
    digests mean equal results, today and after a restart; payload: JSON values, what the worker needs; frames: length
    of the clip, for its deadline and for rates; 0 where it has none; part: where it is only that of a `reconstruct`.
    """

    step: Step
    unit: str
    digest: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    frames: int = 0
    part: Part | None = None

    @property
    def task(self) -> Task:
        """What the worker is to do."""
        return self.part or self.step


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a worker says of a job it has ended: less than 1 KB; the result itself is in the stage store.

    kind: `done`; `refused`, an error that is the input's and would come again; `error`, any other exception; `memory`,
    the GPU's is full; `starved`, there is too little of the machine's; `disk`, the disk is full; `machine`, it lacks
    something else; `setup`, something is not installed. seconds: wall seconds by stage, of stages that were computed;
    written: bytes added to the disk; memory, gpu_memory: bytes this process holds.
    """

    kind: Kind
    result: Mapping[str, Any] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    written: int = 0
    error_class: str = ""
    message: str = ""
    memory: int = 0
    gpu_memory: int = 0


@dataclass(frozen=True, slots=True)
class Lost:
    """A job whose worker did not come back: `death` of the worker, `deadline` passed, `node` gone, or the worker
    `starved`: the system ended it for want of memory.
    """

    kind: Loss
    message: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A job that a pool no longer runs, and how it ended; worker: the name of the worker it ran on."""

    job: Job
    how: Receipt | Lost
    worker: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job will not be tried again: the first exception it met, and how often it was tried."""

    error_class: str
    message: str
    attempts: int = 1
