"""The page tells duplicates apart as the audit does, whatever thresholds are chosen on it."""

from pathlib import Path
from typing import Any

import light
from browser import opened

from share_data.audit.page.contents import write_page
from share_data.audit.whatif.audit import Asked, audit
from share_data.audit.whatif.table import measurements_of


def counts(page: Any) -> dict[str, int]:
    rows = page.locator("#what-if tbody tr").all()
    cells = [[cell.inner_text() for cell in row.locator("td").all()] for row in rows]
    return {row[0]: int(row[3].replace(",", "")) for row in cells}


def test_duplicates_are_told_apart_as_the_audit_does(tmp_path: Path) -> None:
    for name, confidence in (("a", 0.5), ("b", 0.8), ("crowd", 0.9)):
        told = {"flag": "company"} if name == "crowd" else {}
        light.write_video(tmp_path, name, footage="hall", confidence=confidence, iou=confidence, **told)
    light.light_build(tmp_path, "filters=[{kind: single_person}, {kind: reconstruction_quality}, {kind: duplicates}]")
    html, _ = write_page(tmp_path / "out", tmp_path)
    moves = [("single_person", "max_company_s", 1.0), ("reconstruction_quality", "min_mask_iou", 0.85)]
    with opened(html) as (page, _), measurements_of(tmp_path / "out") as table:
        assert counts(page) == audit(table, Asked()).before.clips
        for kind, field, value in moves:
            box = page.get_by_label(f"{kind}.{field}, exact value")
            box.fill(str(value))
            box.dispatch_event("change")
            assert counts(page) == audit(table, Asked(overrides=[f"filters.{kind}.{field}={value}"])).after.clips
            page.get_by_role("button", name="Reset thresholds").click()
        page.locator("select[name=set]").select_option("twins")
        assert page.locator(".card").count() == 3
        assert "same footage:" in page.locator(".card").first.inner_text()
        assert "duplicates: duplicate" in page.locator("#cards").inner_text()
