"""What lies beside a published corpus: a card for the hub, metadata for machines, whom to cite."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import mlcroissant
import numpy as np
import pytest
import yaml
from command_line import called
from huggingface_hub import DatasetCard
from make_records import BODY, make_clip, make_corpus

from share_data.corpus.layout import ARRAYS
from share_data.corpus.read import Corpus
from share_data.publish.card import card, metadata
from share_data.publish.cite import citation_of, papers_of
from share_data.publish.facts import Attribution, Facts, facts_of_corpus
from share_data.publish.licences import hub_licence
from share_data.publish.run import Asked, publish_corpus
from share_data.sources.rich.listing import ATTRIBUTION as RICH
from share_data.sources.smarthome.published import ATTRIBUTION as SMARTHOME

HOSTILE = "---\n# <script>|[a](javascript:b)|</script> {evil} % \\ ~"

# Its description is read once.
pytestmark = pytest.mark.xdist_group("publish_beside")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus with both precisions of points, whose title and attribution would break whatever lets them."""
    folder = tmp_path_factory.mktemp("beside")
    make_corpus(folder / "corpus", 3, precision="0.1mm", title=HOSTILE, attribution=HOSTILE, licence="CC BY 4.0")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHARE_DATA_HOME", str(folder / "home"))
        publish_corpus(folder / "corpus", str(folder / "out"), Asked())
    return folder / "out"


@pytest.fixture(scope="module")
def facts(published: Path) -> Facts:
    return facts_of_corpus(published)


@pytest.fixture(scope="module")
def croissant(published: Path) -> mlcroissant.Dataset:
    return mlcroissant.Dataset(published / "croissant.json")


def test_croissant_is_valid(croissant: mlcroissant.Dataset) -> None:
    """Its one warning is that there is no date: equal corpora have equal files."""
    found = croissant.metadata
    assert found.ctx.issues.errors == set()
    assert [warning for warning in found.ctx.issues.warnings if "datePublished" not in warning] == []
    assert found.license == ["https://spdx.org/licenses/CC-BY-4.0.html"]
    assert found.data_limitations and found.personal_sensitive_information and found.data_collection


def test_croissant_tells_where_it_is_from(published: Path) -> None:
    told = json.loads((published / "croissant.json").read_text())
    assert told["conformsTo"][0] == "http://mlcommons.org/croissant/1.1"
    assert told["prov:wasDerivedFrom"][0].startswith("made-up: ") and "share-data" in told["prov:wasGeneratedBy"]
    assert "@inproceedings{li2025share," in told["citeAs"]


def test_croissant_reads_the_index_back(croissant: mlcroissant.Dataset, published: Path) -> None:
    rows = Corpus(published).index.to_pylist()
    for found, row in zip(croissant.records("records"), rows, strict=True):
        for name, value in row.items():
            read = found[f"records/{name}"]
            text = read.decode() if isinstance(read, bytes) else read
            assert text is None or text != text if value is None else text == value, name


def test_croissant_reads_every_array_back(croissant: mlcroissant.Dataset, published: Path) -> None:
    for found, record in zip(croissant.records("samples"), Corpus(published), strict=True):
        cells = {name.partition("/")[2]: value for name, value in found.items()}
        assert cells["preview"] == record.preview and cells["key"].decode() == record.key
        for name in ARRAYS:
            dtype = cells[f"{name}_dtype"].decode()
            values = np.asarray(cells[name]).astype("uint8" if dtype == "float64" else dtype).view(dtype)
            np.testing.assert_array_equal(values.reshape(cells[f"{name}_shape"]), record.arrays[name], strict=True)


def test_the_hub_reads_the_card(published: Path, facts: Facts) -> None:
    found = DatasetCard.load(published / "README.md")
    assert found.data.to_dict() == metadata(facts)
    assert found.data.license == "cc-by-4.0" and found.data.size_categories == ["n<1K"]
    assert found.data.configs == [
        {"config_name": "webdataset", "data_files": [{"split": "train", "path": "shards/*.tar"}]}
    ]


def test_what_is_hostile_stays_a_cell(published: Path) -> None:
    for name in ("README.md", "LICENCES.md"):
        text = (published / name).read_text()
        assert "<script" not in text.replace("\\<script", "") and "](javascript" not in text
    lines = [line for line in (published / "LICENCES.md").read_text().splitlines() if line.startswith("| made-up")]
    assert len(lines) == 1 and lines[0].replace("\\|", "").count("|") == 5


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CC0-1.0", "cc0-1.0"),
        ("cc by-sa 3.0", "cc-by-sa-3.0"),
        ("Creative Commons Attribution license (reuse allowed)", "cc-by-3.0"),
        ("CC BY 9.9", "other"),
        ("mine", "other"),
    ],
)
def test_licences_have_the_hubs_names(text: str, name: str) -> None:
    assert hub_licence(text) == name


def with_manifest(facts: Facts, **changes: Any) -> Facts:
    return replace(facts, manifest=facts.manifest.model_copy(update=changes))


def test_an_unknown_licence_or_body_is_other_with_a_name(facts: Facts) -> None:
    for changes in ({"licences": {"mine": 3}}, {"body": BODY | {"licence": "MPI, research"}}):
        found = metadata(with_manifest(facts, **changes))
        assert (found["license"], found["license_link"]) == ("other", "LICENCES.md")


@pytest.mark.parametrize(("records", "size"), [(1, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (10**6, "1M<n<10M")])
def test_the_size_is_the_hubs(facts: Facts, records: int, size: str) -> None:
    assert metadata(replace(facts, records=records))["size_categories"] == [size]


def test_a_name_makes_no_yaml(facts: Facts) -> None:
    head = card(replace(facts, name="a\n---\nlicense: mit\n")).split("---\n")[1]
    assert yaml.safe_load(head)["license"] == "cc-by-4.0"


def test_only_what_was_used_is_cited(facts: Facts) -> None:
    def keys(found: Facts) -> list[str]:
        return [paper.key for paper in papers_of(found)]

    assert keys(facts) == ["li2025share", "bazarevsky2020blazepose"]
    made = {"humans": {"tram 3": 2, "gvhmr 1": 1}, "geometry": {"moge 2": 3}}
    other = with_manifest(facts, estimators=made, body=BODY | {"name": "smpl"})
    assert keys(other) == ["li2025share", "shen2024gvhmr", "wang2025moge2", "wang2024tram", "loper2015smpl"]
    for text, key in (
        (SMARTHOME["trimmed"], "das2019smarthome"),
        (SMARTHOME["tsu"], "dai2022tsu"),
        (RICH, "huang2022rich"),
    ):
        assert keys(replace(facts, attributions=(Attribution("x", "y", text, 1),)))[2:] == [key]


def test_bibtex_is_balanced_whatever_is_cited(facts: Facts) -> None:
    everything = with_manifest(facts, licences={HOSTILE: 3}, estimators={"humans": {"tram 3": 3}})
    text = citation_of(replace(everything, name="{{{ % \\")).bibtex
    plain = text.replace("\\{", "").replace("\\}", "")
    assert plain.count("{") == plain.count("}") and text.count("@") == 3


def test_a_citation_names_sources_licences_and_versions(
    published: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called(monkeypatch, "cite", str(published)) == 0
    told = capsys.readouterr().out
    for part in ("blazepose 1 (3 records)", "ground_plane 2 (3 records)", "licence: CC BY 4.0", "@misc{made-up,"):
        assert part in told
    assert make_clip().video.source in told
    assert called(monkeypatch, "cite", str(published), "--bibtex") == 0
    assert capsys.readouterr().out.startswith("@misc{made-up,")
