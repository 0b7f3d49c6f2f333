"""Does a corpus survive being cut in two and merged again: python tests/benchmarks/merge_halves.py CORPUS

Its videos are dealt to two corpora in turn, which are merged. Said is whether the whole is valid, how many records are
byte for byte those of the corpus, and whether the sums of the books are the same.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from share_data.corpus.layout import INDEX, LEDGER, MEASUREMENTS
from share_data.corpus.manifest import manifest_of
from share_data.corpus.opening import open_storage
from share_data.corpus.read import Corpus, read_stored
from share_data.corpus.recipe_file import recipe_of
from share_data.corpus.validate import validate_corpus
from share_data.corpus.write.pack import PackOptions, Provenance, pack
from share_data.ledger.ledger import Entry
from share_data.publish.copying import copied
from share_data.publish.entries import above_clips, clips_of
from share_data.publish.merging.merge import merge_corpora


def cut(corpus: Path, half: int, out: Path) -> None:
    """Every second video, from number `half` on, as a corpus of its own."""
    storage = open_storage(corpus)
    with storage.local(INDEX, LEDGER, MEASUREMENTS) as tables:
        above, clips = list(above_clips(tables.folder)), list(clips_of(tables.folder))
    videos = {entry.unit for entry in [entry for entry in above if entry.level == "video"][half::2]}
    kept: list[Entry] = [entry for entry in above if entry.unit in videos]
    counts = {name: sum(entry.parent == name for entry in kept) for name in {entry.parent for entry in above}}
    sources = [entry for entry in above if entry.level == "source"]
    listed = [Entry("source", entry.unit, "", entry.status, children=counts.get(entry.unit, 0)) for entry in sources]
    rows = [row for row in Corpus(corpus).index.to_pylist() if f"{row['source']}/{row['video_id']}" in videos]
    entries = [*listed, *kept, *(clip for clip in clips if clip.parent in videos)]
    provenance = Provenance(entries, recipe_of(storage), manifest_of(storage).body)
    pack([copied(storage, row) for row in rows], out, provenance, PackOptions(2, ("webdataset", "parquet")))


def stored(corpus: Path) -> dict[str, Any]:
    """Key to the bytes of a record's members."""
    found = Corpus(corpus)
    return {row["key"]: read_stored(found.storage, row)[1] for row in found.index.to_pylist()}


def main() -> None:
    """Cut, merge, compare."""
    whole = Path(sys.argv[1])
    with TemporaryDirectory() as name:
        halves, merged = [Path(name) / "a", Path(name) / "b"], Path(name) / "c"
        for half, folder in enumerate(halves):
            cut(whole, half, folder)
        merge_corpora(halves, str(merged))
        before, after = stored(whole), stored(merged)
        same = sum(before[key] == after.get(key) for key in before)
        sums = manifest_of(open_storage(whole)).counts == manifest_of(open_storage(merged)).counts
        print(f"halves: {', '.join(str(len(Corpus(folder))) for folder in halves)} records")
        print(f"merged: {len(after)} records, {same} of {len(before)} byte for byte; same sums: {sums}")
        print(f"problems: {validate_corpus(merged)}")


main()
