"""`share-data publish`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from share_data.verbs.options import CorpusArgument, JsonFlag
from share_data.verbs.printing import counted, emit, say

if TYPE_CHECKING:
    from share_data.publish.run import Published

EXAMPLE = (
    "Examples: share-data publish out/demo shared/demo; share-data publish out/mine s3://bucket/mine "
    "--only-redistributable; share-data publish out/mine hf://datasets/NAME/mine"
)


def publish(
    corpus: CorpusArgument,
    target: Annotated[
        str, typer.Argument(help="Folder, URL (s3://bucket/prefix) or hub repository (hf://datasets/OWNER/NAME).")
    ],
    only_redistributable: Annotated[
        bool,
        typer.Option("--only-redistributable", help="Leave out what may not be passed on, instead of refusing."),
    ] = False,
    rebuild_without: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Leave out what this opt-out list names, too; see `share-data build`."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Pass a corpus on, with card, licences and checksums; again, it replaces what was published there.

    What may not be passed on does not leave. Run again after a stop, it goes on where it was.
    """
    from share_data.ledger.opt_out import read_rules
    from share_data.publish.run import Asked, publish_corpus
    from share_data.sources.spellings import spellings

    rules = () if rebuild_without is None else read_rules(rebuild_without, spellings())
    told = counted("files", quiet=as_json)
    done = publish_corpus(corpus, target, Asked(only_redistributable, rules), told)
    if as_json:
        emit(asdict(done))
    else:
        _show(done)


def _show(done: "Published") -> None:
    say(
        f"{done.target}: {done.records} record(s) in {done.files} files, {done.bytes / 1e6:.1f} MB; sent now: "
        f"{done.sent} files, {done.sent_bytes / 1e6:.1f} MB; removed there: {done.removed}"
    )
    if done.withheld_videos:
        say(f"withheld: {done.withheld_records} record(s), and the names of {done.withheld_videos} video(s)")
