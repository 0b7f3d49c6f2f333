"""A small corpus of format 1, packed by the last version that wrote it: fixtures/corpus_of_format_1.tar.xz.

Three records, two a shard, with Parquet copies: one of the source `synthetic` with labels, whose recipe is the corpus'
own, and two made up, the first without labels, the second in tenths of a millimetre. `said.json` is what that version's
`inspect`, `report` and `evaluate` said of it with `--json`.
"""

import json
import tarfile
from pathlib import Path
from typing import Any

from places import SUPPORT

FILE = SUPPORT / "fixtures" / "corpus_of_format_1.tar.xz"


def unpack(folder: Path) -> tuple[Path, dict[str, Any]]:
    """Unpack below `folder`; returns the corpus, and what was said of it."""
    with tarfile.open(FILE) as tar:
        tar.extractall(folder, filter="data")
    return folder / "corpus", json.loads((folder / "said.json").read_bytes())
