"""The data of a page, gathered from a finished corpus: its tables are read, no video is opened, nothing is computed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from share_data.audit import thumbnails
from share_data.audit.page.columns import clip_columns, correlations, footage, gate_rows, score_columns
from share_data.audit.page.facts import facts, funnel, notices
from share_data.audit.page.gallery import Pictures, gallery
from share_data.audit.page.html import page_of
from share_data.audit.page.spent import spent
from share_data.audit.report import Report, report_corpus
from share_data.audit.whatif.audit import Asked, audit
from share_data.audit.whatif.deciding import OUTCOMES, decide
from share_data.audit.whatif.settings import rules_of, sections_of
from share_data.audit.whatif.table import Measurements, measurements_of
from share_data.corpus.read import Corpus
from share_data.store.atomic import atomic_write

HTML, JSON = "report.html", "report.json"


def write_page(corpus: Path | str, folder: Path) -> tuple[Path, Path]:
    """Write `report.html` and `report.json`, equal bytes for an equal corpus.

    Args:
        corpus: a finished corpus, its folder or URL.
        folder: where the two files go; made if it is not there.

    Returns:
        Both files.

    Raises:
        CorpusError: there is no corpus, or it is damaged.
        OSError: the folder cannot be written to.
    """
    report = report_corpus(corpus)
    with measurements_of(corpus) as table:
        title = str(table.recipe.get("name") or "corpus")
        data = page_data(table, report, Corpus(corpus).index, thumbnails.Pictures(corpus).of)
        page = page_of(title, {**data, "facts": [*data["facts"], *spent(corpus)]})
        told = report.to_json() | {"audit": audit(table, Asked()).to_json()}
    folder.mkdir(parents=True, exist_ok=True)
    atomic_write(folder / HTML, page.encode("utf-8", "replace"))
    atomic_write(folder / JSON, json.dumps(told, indent=1, sort_keys=True).encode())
    return folder / HTML, folder / JSON


def page_data(table: Measurements, report: Report, index: Any, pictures: Pictures) -> Mapping[str, Any]:
    """What the page's script draws from. The clips' scores, and the gates in the order in which they object.

    index: Arrow table of the records.
    """
    rules = rules_of(sections_of(table.recipe), "recipe.json")
    return {
        "outcomes": OUTCOMES,
        "notices": notices(table),
        "notes": report.notes,
        "funnel": funnel(report),
        "clips": clip_columns(table, rules),
        "scores": score_columns(table, rules),
        "gates": gate_rows(rules),
        "footage": footage(table, rules),
        "gallery": gallery(table, rules, decide(table, rules), pictures),
        "correlations": correlations(table),
        "facts": facts(report, index),
    }
