"""README.md of a published corpus: a dataset card whose first lines the hub and `datasets` read.

`datasets` (5.2.0) opens every configuration of a card with the builder of the first one, so tars and Parquet files
cannot both be configurations (findings/datasets_first_config_chooses_builder.sh). The card has the tars; the folder of
Parquet files is a data set of its own to `datasets`, without a card.
"""

from typing import Any

import yaml

from share_data.publish.facts import Facts
from share_data.publish.licences import LICENCES, OTHER, hub_licences
from share_data.publish.markdown import inert, table
from share_data.text import plain_line

CARD = "README.md"
MARK = "<!-- written by share-data publish -->"
"""In every card: what has it may be replaced by the next publication."""
_SIZES = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M")
"""What the hub calls up to a thousand records, up to ten thousand, and so on."""
_TAGS = ("human-motion", "smpl", "human-scene-interaction", "point-cloud", "3d", "video", "webdataset")


def card(facts: Facts) -> str:
    """The card of a corpus, with a configuration of its tars."""
    head = yaml.safe_dump(metadata(facts), sort_keys=False, allow_unicode=True)
    return f"---\n{head}---\n{MARK}\n\n{_body(facts)}"


def metadata(facts: Facts) -> dict[str, Any]:
    """The card's YAML, as plain data."""
    licences = hub_licences(facts)
    found: dict[str, Any] = {"pretty_name": plain_line(facts.name)}
    if OTHER in licences:
        found |= {"license": OTHER, "license_name": "see-licences", "license_link": LICENCES}
    else:
        found["license"] = licences[0] if len(licences) == 1 else licences
    return found | {
        "task_categories": ["image-to-3d", "keypoint-detection"],
        "size_categories": [_SIZES[max(0, min(len(str(facts.records)) - 3, len(_SIZES) - 1))]],
        "tags": list(_TAGS),
        "configs": [{"config_name": "webdataset", "data_files": [{"split": "train", "path": "shards/*.tar"}]}],
    }


def _body(facts: Facts) -> str:
    made = [(part, name, count) for part, names in facts.made_by.items() for name, count in names.items()]
    sources = [(name, facts.kinds.get(name, ""), count) for name, count in facts.sources.items()]
    licences = [(name, count) for name, count in facts.manifest.licences.items()]
    parts = [
        f"# {inert(facts.name)}",
        f"People moving in metric 3-D scenes, from videos: {facts.records:,} clips of {facts.videos:,} "
        f"videos, {facts.seconds / 60:,.1f} minutes, {facts.frames:,} frames. A record is the motion of one person, as "
        f"parameters of a body model of SMPL's form ({inert(facts.manifest.body.get('name', ''))}), and the scene as a "
        "point cloud: metres, z up, floor at 0, with camera, contacts and scores. Motion and scene were estimated from "
        "video by share-data, not captured: choose by `confidence` and the other scores.",
        "## Use",
        _USE + (_USE_PARQUET if facts.has_parquet else ""),
        "With share-data: `share_data.corpus.open_corpus(FOLDER)`; `share-data validate FOLDER` proves every byte. "
        "Which array is what, in which shape and unit: "
        "`index.parquet` has a row a record with all metadata, `measurements.parquet` one a clip that was looked at, "
        "`ledger.parquet` says what became of every source, video and clip.",
        "## Sources",
        table(("source", "kind", "records"), sources),
        "## Made by",
        table(("part", "estimator and version", "records"), made),
        "## Licences",
        table(("licence of the videos", "records"), licences),
        f"Who is to be named for what: [{LICENCES}]({LICENCES}). What to cite: [CITATION.txt](CITATION.txt). "
        "`SHA256SUMS` is for `sha256sum --check`; `croissant.json` tells machines of every field.",
        "## To be left out",
        "Whoever is seen in these videos and does not want to be may ask the publisher to be left out: the next "
        "publication is without every record of the video, and says nothing of who it was.",
    ]
    return "\n\n".join(parts) + "\n"


_USE = """```python
from datasets import Image, load_dataset

shards = load_dataset("FOLDER", split="train").cast_column("jpg", Image(decode=False))
# row["json"]: metadata; row["safetensors"]: safetensors.numpy.load(bytes(...)) gives the arrays; row["jpg"]["bytes"]
```
"""
_USE_PARQUET = """
```python
records = load_dataset("FOLDER/records", split="train")  # on the hub: load_dataset("NAME", data_dir="records")
dtype, shape = row["joints_dtype"], row["joints_shape"]  # and so on for every array
joints = np.asarray(row["joints"]).astype("uint8" if dtype == "float64" else dtype).view(dtype).reshape(shape)
```
"""
