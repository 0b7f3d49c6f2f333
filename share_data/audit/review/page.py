"""The review page: one file, no network, one key a clip."""

import base64
import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from share_data.audit.page.facts import notices
from share_data.audit.review.sample import Chosen
from share_data.audit.whatif.table import Measurements
from share_data.ledger.judgements import Judgement, write_judgements
from share_data.text import plain_line

PAGE, ANSWERS = "review.html", "review.csv"
_FACTS = ("unit", "video", "file", "source", "status", "stage", "reason", "time_first", "time_last")


def write_review(folder: Path, table: Measurements, chosen: Sequence[Chosen], pictures: Mapping[str, bytes]) -> None:
    """Write the page, and an empty review.csv beside it.

    Args:
        folder: made where it is not there.
        table: of the corpus.
        chosen: what is to be judged.
        pictures: JPEG by unit, of those that have one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    clips = [_clip(table, each, pictures) for each in chosen]
    template = files("share_data").joinpath("assets", PAGE).read_text("utf-8")
    notice = " ".join(notices(table))
    # Nothing in the data can end the script that it stands in.
    data = json.dumps(clips, ensure_ascii=True).replace("<", "\\u003c")
    parts = {"CLIPS": data, "NOTICE": html.escape(notice)}
    page = re.sub("|".join(parts), lambda found: parts[found[0]], template)
    (folder / PAGE).write_text(page, encoding="utf-8")
    empty = (Judgement(clip["unit"], "", clip["stratum"], clip["weight"]) for clip in clips)
    write_judgements(folder / ANSWERS, empty)


def _clip(table: Measurements, chosen: Chosen, pictures: Mapping[str, bytes]) -> dict[str, Any]:
    row = table.row_at(chosen.row)
    picture = pictures.get(row["unit"])
    return {
        "unit": row["unit"], "judgement": "", "stratum": chosen.stratum, "weight": chosen.weight,
        "picture": "" if picture is None else base64.b64encode(picture).decode(),
        "facts": [[name, plain_line(row[name])] for name in _FACTS if row[name] not in (None, "")] + list(_why(row)),
    }  # fmt: skip


def _why(row: Mapping[str, Any]) -> Iterable[list[str]]:
    for each in row["objections"]:
        if each["value"] is not None:
            told = f"{each['score']} is {each['value']:.4g}, must be {each['asked']} {each['threshold']:.4g}"
            yield [each["filter"], plain_line(told)]
    if row["unmeasured"]:
        yield ["not measured", plain_line(", ".join(row["unmeasured"]), 1000)]
