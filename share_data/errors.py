"""Errors a user can act on: each names the unit it is about, the cause, and what to do."""


class ShareDataError(Exception):
    """Base of every error that is the input's or the user's, never a bug: shown without a traceback."""


class RecipeError(ShareDataError):
    """The recipe is wrong; exit code 2."""


class MissingDependencyError(ShareDataError):
    """An optional package or weight file is not installed; the message holds the command that fixes it."""


class VideoError(ShareDataError):
    """A video cannot be turned into frames."""


class SourceError(ShareDataError):
    """A source cannot list or fetch what its recipe asks for."""


class LicenceError(SourceError):
    """A video's licence is not among those the recipe accepts: the video is rejected, not failed."""


class OptedOutError(ShareDataError):
    """A video, its channel or its content is on the opt-out list: it ends as `opted_out`, not failed."""


class ArrayFileError(ShareDataError):
    """A file of arrays from outside (npz, npy, pickle) is damaged, unsafe, or declares more than it can hold."""


class BodyModelError(ShareDataError):
    """A body model file is unsafe, incomplete or of the wrong shape, or is not the one an operation needs."""


class EstimationError(ShareDataError):
    """A human or geometry estimator found nothing it can stand behind in this clip."""


class CorpusError(ShareDataError):
    """A corpus on disk is missing, damaged or not what its manifest says."""


class MachineError(ShareDataError):
    """The machine lacks what a build needs: a disk, memory, open files, a folder. No unit is charged with it."""


class DiskFullError(MachineError):
    """A file does not fit on the disk it is to be written to."""


class MemoryFullError(MachineError):
    """There is not enough memory, of the machine or of what this process may take."""


class EngineError(ShareDataError):
    """The engine cannot go on: no worker can be had, or a shard cannot be written."""


class StaleVideoError(ShareDataError):
    """A video's file is away, or is not the one that was fetched; the next build looks at it again."""
