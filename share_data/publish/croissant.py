"""croissant.json: what a published corpus is, for machines, in Croissant 1.1 with its vocabulary of responsible AI.

https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html and croissant-rai-spec.html. Types are chosen by what
mlcroissant 1.1.1 gives for them: of `sc:Text` bytes, of a number that number; a binary column stays binary as text.
"""

import json
from collections.abc import Mapping
from typing import Any

from share_data.corpus.layout import INDEX, RECORD_FOLDER, SHARD_FOLDER
from share_data.publish.croissant_fields import array_fields, index_fields
from share_data.publish.facts import Facts
from share_data.publish.licences import LICENCES, OTHER, hub_licence
from share_data.publish.responsible import provenance, responsible
from share_data.text import plain_line

CROISSANT = "croissant.json"
_TERMS = (
    "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field", "fileProperty",
    "fileObject", "fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5", "parentField",
    "path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate", "separator", "source",
    "subField", "transform",
)  # fmt: skip
_CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    **{term: f"cr:{term}" for term in _TERMS},
}
_SPDX = "https://spdx.org/licenses/{}.html"


def croissant(facts: Facts, index: Any, names: Mapping[str, str], cite_as: str) -> bytes:
    """The file's content.

    Args:
        facts: of the corpus.
        index: Arrow schema of its index.
        names: path of a data file in a corpus to what it is called there.
        cite_as: BibTeX.

    Returns:
        JSON-LD, indented.
    """
    found = {
        "@context": dict(_CONTEXT),
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": plain_line(facts.name),
        "description": (
            f"{facts.records} clips of people moving in metric 3-D scenes, from {facts.videos} videos: motion as "
            f"parameters of a body model ({plain_line(facts.manifest.body.get('name'))}), scene as a point cloud."
        ),
        "license": [_licence(name) for name in facts.manifest.licences],
        "version": f"{facts.manifest.format_version}.0.0",
        "keywords": ["human motion", "human-scene interaction", "point cloud", "SMPL"],
        "citeAs": cite_as,
        "isLiveDataset": False,
        **responsible(facts),
        **provenance(facts),
        "distribution": _files(facts, names),
        "recordSet": _record_sets(facts, index),
    }
    return (json.dumps(found, indent=1, ensure_ascii=False) + "\n").encode()


def _licence(text: str) -> str:
    """A URL where there is one that everybody knows, else the text."""
    known = hub_licence(text)
    if known == OTHER:
        return plain_line(text) or f"see {LICENCES}"
    return _SPDX.format(known.upper() if known.startswith("cc") else {"mit": "MIT", "apache-2.0": "Apache-2.0"}[known])


def _files(facts: Facts, names: Mapping[str, str]) -> list[dict[str, Any]]:
    entry = facts.manifest.file(INDEX)
    files: list[dict[str, Any]] = [
        {
            "@type": "cr:FileObject", "@id": "index", "name": "index", "description": "A row a record.",
            "contentUrl": names[INDEX], "contentSize": f"{entry.bytes} B", "encodingFormat": "application/x-parquet",
            "sha256": entry.sha256,
        },
        _file_set("shards", f"{SHARD_FOLDER}/*.tar", "application/x-tar", "WebDataset; checksums: SHA256SUMS."),
    ]  # fmt: skip
    if facts.has_parquet:
        about = "The same records as Parquet; their checksums: SHA256SUMS."
        files.append(_file_set("parquet", f"{RECORD_FOLDER}/*.parquet", "application/x-parquet", about))
    return files


def _file_set(name: str, includes: str, encoding: str, about: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet", "@id": name, "name": name, "description": about, "encodingFormat": encoding,
        "includes": includes,
    }  # fmt: skip


def _record_sets(facts: Facts, index: Any) -> list[dict[str, Any]]:
    sets = [
        {
            "@type": "cr:RecordSet", "@id": "records", "name": "records", "key": {"@id": "records/key"},
            "description": "Metadata and scores of every record.", "field": index_fields("records", "index", index),
        }
    ]  # fmt: skip
    if facts.has_parquet:
        about = "Every record with its arrays, each the list of its values in C order, beside its dtype and shape."
        sets.append(
            {
                "@type": "cr:RecordSet", "@id": "samples", "name": "samples", "key": {"@id": "samples/key"},
                "description": about, "field": array_fields("samples", "parquet"),
            }
        )  # fmt: skip
    return sets
