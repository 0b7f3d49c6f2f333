"""An export from its first clip to its summary: one clip in memory at a time."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from share_data import __version__
from share_data.body.model import MANNEQUIN
from share_data.corpus.checking import checked
from share_data.corpus.layout import MANIFEST
from share_data.corpus.manifest import manifest_of
from share_data.corpus.read import Corpus
from share_data.corpus.where import chosen_rows
from share_data.errors import BodyModelError, CorpusError
from share_data.export.base import ExportOptions, Format
from share_data.export.folder import ExportFolder, held
from share_data.export.motion import LeftOutError
from share_data.registry import kinds, load
from share_data.store.hashing import bytes_sha256, file_sha256
from share_data.text import plain_line


def format_of(name: str, options: ExportOptions) -> Format:
    """The format of a name. Raises CorpusError for an unknown one, and for options it does not take."""
    if name not in kinds("exports"):
        raise CorpusError(f"{plain_line(name)!r} is no format. There are {', '.join(kinds('exports'))}.")
    found: Format = load("exports", name)(options)
    return found


def export_corpus(
    corpus: Corpus,
    form: Format,
    folder: Path,
    where: str = "",
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> dict[str, Any]:
    """Write the records of a corpus in a format; called again after a kill, it goes on and ends with the same files.

    Args:
        corpus: to read.
        form: see `format_of`.
        folder: empty, or with a part of this very export.
        where: which records, see `share_data.corpus.where`.
        progress: called with the number of clips done and of all.

    Returns:
        The content of `export.json`.

    Raises:
        CorpusError: no record is chosen, one cannot be read, the folder holds something else, or the corpus has not
            what the format needs.
        BodyModelError: a model file is missing or another.
    """
    rows = chosen_rows(corpus.index, where).tolist()
    if not rows:
        raise CorpusError(f"{corpus.storage.place}: no record fulfils {where!r}." if where else "the corpus is empty.")
    body = manifest_of(corpus.storage).body
    if lacking := {"name", "gender", "sha256"} - body.keys():
        raise CorpusError(
            f"{corpus.storage.place}: its manifest does not tell the body's {min(lacking)}. Build it again."
        )
    _require_body(form, body)
    form.require(body)
    with held(folder):
        out = ExportFolder(folder, _request(corpus, form, where))
        if out.finished:
            return out.summary()
        for number, row in enumerate(rows):
            if not out.has(corpus.keys[row]):
                _export_clip(corpus, row, form, out)
            progress(number + 1, len(rows))
        return out.finish({"says": list(form.says), **form.close(out)})


def _export_clip(corpus: Corpus, row: int, form: Format, out: ExportFolder) -> None:
    record = corpus[row]
    checked(record, f"{corpus.storage.place}: record {plain_line(record.key)}")
    notes: dict[str, Any] = {}
    files: list[dict[str, Any]] = []
    try:
        clip = form.motion(record)
        notes |= clip.notes
        files = [out.write(path, data) for path, data in form.files(clip, notes)]
    except LeftOutError as why:
        out.done(record.key, [], {}, left_out=str(why))
        return
    out.done(record.key, files, notes)


def _require_body(form: Format, body: dict[str, str]) -> None:
    """Raises BodyModelError where the mannequin stands in for what a format asks of SMPL."""
    if form.needs != "smpl" or body["name"] != MANNEQUIN:
        return
    others = [name for name in kinds("exports") if load("exports", name).needs != "smpl"]
    raise BodyModelError(
        f"{form.name} is for SMPL bodies, and this corpus was made with the built-in mannequin, whose vertices and "
        f"betas mean nothing to SMPL. Formats that do without: {', '.join(others)}. Or build it with an SMPL model "
        "(body.model in the recipe)."
    )


def _request(corpus: Corpus, form: Format, where: str) -> dict[str, Any]:
    """What tells one export from another."""
    options = form.options  # The body is the corpus' own: another is refused.
    return {
        "format": form.name,
        "format_version": form.version,
        "toolkit_version": __version__,
        "fps": options.fps,
        "where": where.strip(),
        "corpus_sha256": bytes_sha256(corpus.storage.read(MANIFEST)),
        "smplx_sha256": options.smplx and file_sha256(options.smplx),
    }
