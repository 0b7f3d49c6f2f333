"""The page of a report, in a browser: the build's own decision, all within reach, and nothing obeyed or fetched."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from audited import graded_build, review_build
from axe_playwright_python.sync_playwright import Axe
from browser import opened

from share_data.audit.page import columns
from share_data.audit.page.contents import write_page
from share_data.audit.page.html import page_of
from share_data.audit.whatif.audit import Asked, audit
from share_data.audit.whatif.table import measurements_of
from share_data.corpus.validate import validate_corpus

pytestmark = pytest.mark.xdist_group("report page")  # One corpus and one browser for all.


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("reported")
    graded_build(root, fair="<img src=x onerror=alert(1)>")
    review_build(root)
    write_page(root / "out", root / "out")
    return root / "out"


@pytest.fixture(scope="module")
def shown(corpus: Path) -> Iterator[tuple[Any, list[str]]]:
    with opened(corpus / "report.html", viewport={"width": 1200, "height": 900}) as found:
        yield found


def counts(page: Any) -> dict[str, int]:
    rows = page.locator("#what-if tbody tr").all()
    cells = [[cell.inner_text() for cell in row.locator("td").all()] for row in rows]
    return {row[0]: int(row[3].replace(",", "")) for row in cells}


def test_nothing_is_fetched_run_or_complained_of(shown: tuple[Any, list[str]]) -> None:
    page, told = shown
    assert told == []
    assert page.locator("img[src=x]").count() == 0
    assert "onerror" in page.locator("#cards").inner_text()


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("single_person", "max_company_s", 1.0),
        ("reconstruction_quality", "min_mask_iou", 0.7),
        ("reconstruction_quality", "min_mask_iou", 0.7000001),
        ("keyframe_overlap", "max_iou", 0.05),
    ],
)
def test_a_moved_threshold_gives_what_the_audit_says(
    shown: tuple[Any, list[str]], corpus: Path, kind: str, field: str, value: float
) -> None:
    page, told = shown
    with measurements_of(corpus) as table:
        wanted = audit(table, Asked(overrides=[f"filters.{kind}.{field}={value}"]))
    box = page.get_by_label(f"{kind}.{field}, exact value")
    box.fill(str(value))
    box.dispatch_event("change")
    assert counts(page) == wanted.after.clips
    assert f"--set filters.{kind}.{field}={value:g}"[:40] in page.locator("#command").inner_text()
    assert page.locator("#changed").inner_text() == f"{len(wanted.flips)} clip(s) end otherwise."
    page.get_by_role("button", name="Reset thresholds").click()
    assert counts(page) == wanted.before.clips
    assert told == []


def test_clips_are_found_by_outcome_and_by_link(shown: tuple[Any, list[str]], corpus: Path) -> None:
    page, _ = shown
    page.locator("select[name=outcome]").select_option("rejected")
    assert page.locator(".card").count() == counts(page)["rejected"]
    page.locator("#choice").evaluate("form => form.reset()")
    unit = page.evaluate("clips.unit[2]")
    page.evaluate(f"location.hash = '#clip=' + encodeURIComponent({json.dumps(unit)})")
    page.wait_for_function("document.querySelectorAll('.card').length === 1")
    assert page.evaluate("document.activeElement.querySelector('h3').innerText") == unit


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_it_can_be_read_by_everybody(shown: tuple[Any, list[str]], scheme: str, width: int) -> None:
    page, _ = shown
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    found = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_keyboard_reaches_every_control(shown: tuple[Any, list[str]]) -> None:
    page, _ = shown
    wanted = page.evaluate("[...document.querySelectorAll('input, select, button:not(:disabled), summary')].length")
    page.evaluate("document.activeElement.blur()")
    reached = set()
    for _ in range(200):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "(() => { const e = document.activeElement; return e.matches('input, select, button, summary') ?"
                " [...document.querySelectorAll('*')].indexOf(e) : -1; })()"
            )
        )
    assert len(reached - {-1}) == wanted


def test_ranks_go_together_as_spearman_says() -> None:
    from scipy.stats import spearmanr

    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 5, 40).astype(float), rng.normal(size=40)
    b[:7] = np.nan
    assert columns._correlation(a, b) == pytest.approx(spearmanr(a[7:], b[7:]).statistic, abs=1e-4)
    assert columns._correlation(a, np.ones(40)) is None


def test_what_a_source_says_cannot_leave_the_data() -> None:
    page = page_of("</title><script>alert(1)</script>", {"x": "</script><script>alert(2)</script> __SCRIPTS__"})
    assert "alert(1)</script>" not in page and "alert(2)</script>" not in page
    assert page.count("__SCRIPTS__") == 1


def test_it_is_the_same_for_the_same_corpus_and_no_part_of_it(corpus: Path, tmp_path: Path) -> None:
    html, numbers = write_page(corpus, tmp_path)
    assert html.read_bytes() == (corpus / "report.html").read_bytes()
    assert '"Time by stage: seconds of all workers, in every build here"' in html.read_text()
    assert numbers.read_bytes() == (corpus / "report.json").read_bytes()
    assert validate_corpus(corpus) == []


def test_nothing_is_decoded_computed_or_scheduled_for_a_report(corpus: Path, tmp_path: Path) -> None:
    program = (
        "import sys\nimport av\nfrom share_data.cli import app\nav.open = None\n"
        f"app(['report', {str(corpus)!r}, '--output', {str(tmp_path)!r}], standalone_mode=False)\n"
        "idle = {'ray', 'torch', 'onnxruntime', 'share_data.build.stages.stages', 'share_data.engine.loop'}\n"
        "print('loaded:', sorted(idle & sys.modules.keys()))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "loaded: []"
