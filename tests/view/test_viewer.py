"""The viewer in a browser that draws without a graphics card: what is seen moves, goes on, and is written down."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest
import zstandard
from browser import SOFTWARE_GL, chromium, page_of
from viewed import HARM, viewed_corpus

from share_data.corpus.read import Corpus
from share_data.ledger.judgements import read_judgements
from share_data.view.clip import clip_view
from share_data.view.judging import Judgements
from share_data.view.offline import write_offline
from share_data.view.server import Viewer
from share_data.view.session import Shown
from share_data.view.thresholds import Thresholds

# One browser, one server, and tests that go on from where the last one left the window.
pytestmark = pytest.mark.xdist_group("viewer")

SIZE = {"width": 900, "height": 300}
PANEL = 390
"""Columns at the right that are not the scene."""


@dataclass(frozen=True, slots=True)
class Window:
    """A page of the viewer. told: what it complained of or asked for elsewhere; sent: what the server sent it."""

    page: Any
    told: list[str]
    sent: list[list[str]]
    shown: Shown
    address: str

    def key(self, place: int) -> str:
        """Of the record that comes at a place of the corpus."""
        return self.shown.corpus.keys[place]

    def waits_for(self, text: str) -> None:
        """Until the panel says so."""
        self.page.wait_for_function("text => document.body.innerText.includes(text)", arg=text, timeout=60_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium(*SOFTWARE_GL) as found:
        yield found


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    root = tmp_path_factory.mktemp("viewed")
    viewed_corpus(root / "out")
    thresholds = Thresholds(root / "out")
    yield Shown(Corpus(root / "out", lean=True), thresholds, Judgements(root / "review.csv"))
    thresholds.close()


@pytest.fixture(scope="module")
def window(browser: Any, shown: Shown) -> Iterator[Window]:
    viewer, told = Viewer(port=0), []
    viewer.show(shown)
    page = page_of(browser, told, viewer.address, viewport=SIZE)
    sent: list[list[str]] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: sent.append(kinds(frame))))
    window = Window(page, told, sent, shown, viewer.address)
    page.goto(viewer.address)
    window.waits_for("not judged yet")
    yield window
    page.context.close()
    viewer.close()


def kinds(frame: bytes) -> list[str]:
    """Of the messages that a frame of viser's holds, see `viser.infra._infra._message_producer`."""
    size, packed = (int.from_bytes(frame[at : at + 8], "little") for at in (0, 8))
    told = msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(frame[16 : 16 + packed], size))
    return [message["type"] for message in told["messages"]]


def picture(page: Any) -> np.ndarray:
    """(H, W, 3) uint8: what is drawn beside the panel, once two pictures in a row are the same."""
    last = np.zeros(0)
    for _ in range(40):
        page.wait_for_timeout(150)
        data = page.screenshot(clip={"x": 0, "y": 0, "width": SIZE["width"] - PANEL, "height": SIZE["height"]})
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
        if np.array_equal(image, last):
            return image
        last = image
    raise AssertionError("the picture does not come to rest")


def red(image: np.ndarray) -> int:
    """Pixels of the red floor."""
    colours = image.astype(int)
    return int(((colours[..., 0] > 120) & (colours[..., 1] < 110) & (colours[..., 2] < 110)).sum())


def blue(image: np.ndarray) -> int:
    """Pixels of the body."""
    colours = image.astype(int)
    return int((colours[..., 2] - colours[..., 0] > 40).sum())


def test_the_scene_and_the_body_are_drawn_and_the_slider_moves_the_body(window: Window) -> None:
    before = picture(window.page)
    assert red(before) > 2000 and blue(before) > 200
    window.page.get_by_role("slider").first.focus()
    window.page.keyboard.press("End")
    window.waits_for("0.20 of 0.20 s")
    after = picture(window.page)
    assert blue(after) > 200
    assert (np.abs(before.astype(int) - after).max(axis=-1) > 30).sum() > 200


def test_the_picture_comes_in_one_piece_and_before_the_panel(window: Window) -> None:
    scenes = [number for number, frame in enumerate(window.sent) if "PointCloudMessage" in frame]
    scene = window.sent[scenes[0]]
    assert scene.count("SkinnedMeshMessage") == 1 and "SetCameraPositionMessage" in scene
    assert not {"GridMessage", "LineSegmentsMessage", "CameraFrustumMessage"} & set(scene)
    before = [kind for frame in window.sent[: scenes[0] + 1] for kind in frame]
    # Of widgets there is the script that asks which record the address names.
    assert [kind for kind in before if kind.startswith("Gui") and "Panel" not in kind] == ["GuiHtmlMessage"]
    later = [kind for frame in window.sent[scenes[0] + 1 :] for kind in frame]
    assert "GuiSliderMessage" in later and "GuiButtonGroupMessage" in later


def test_titles_and_labels_are_text_and_nothing_is_asked_of_elsewhere(window: Window) -> None:
    window.waits_for(HARM[:40])
    assert window.page.locator("img[src=x]").count() == 0
    assert [line for line in window.told if line.startswith(("dialog", "error", "http"))] == []


def test_scores_stand_beside_what_is_asked_of_them(window: Window) -> None:
    cells = window.page.locator("tr", has_text="foot_skate_m").first.locator("td").all_inner_texts()
    assert cells == ["foot_skate_m", "0.01", "<= 0.005", "✗"]
    assert "confidence" in window.page.locator("tr", has_text="confidence").first.inner_text()


def test_next_goes_on_and_the_address_names_the_clip(window: Window) -> None:
    window.page.keyboard.press("n")
    window.waits_for("(2 of 3)")
    window.page.wait_for_url(f"**/?clip={window.key(1)}")
    assert "(1 of 3)" not in window.page.locator("body").inner_text()
    window.page.get_by_role("button", name="previous").click()
    window.waits_for("(1 of 3)")
    window.page.wait_for_url(f"**/?clip={window.key(0)}")


def test_an_address_opens_its_clip(window: Window) -> None:
    other = window.page.context.new_page()
    other.goto(f"{window.address}/?clip={window.key(2)}")
    other.wait_for_function("document.body.innerText.includes('(3 of 3)')", timeout=60_000)
    assert "(1 of 3)" in window.page.locator("body").inner_text()  # Windows know nothing of each other.
    other.close()


def test_a_key_writes_what_is_said_where_the_audit_reads_it(window: Window) -> None:
    window.page.keyboard.press("b")
    window.waits_for("1 judged")
    window.waits_for("(2 of 3)")
    window.page.get_by_role("button", name="good").click()
    window.waits_for("2 judged")
    said = {unit: each.said for unit, each in read_judgements(window.shown.judgements.path).items()}
    assert said == {window.key(0): "bad", window.key(1): "good"}


def test_records_are_chosen_and_sorted(window: Window) -> None:
    confidence = window.shown.corpus.index["score_confidence"].to_pylist()
    best = window.shown.corpus.keys[int(np.argmax(confidence))]
    where = window.page.locator("xpath=//*[text()='where']/following::input[1]")
    where.fill("confidence > 0.5")
    window.waits_for("(1 of 1)")
    window.page.wait_for_url(f"**/?clip={best}")
    assert "nonsense" not in window.page.locator("body").inner_text()
    where.fill("nonsense > 1")
    window.waits_for("no column 'nonsense'")
    where.fill("")
    window.waits_for("of 3)")


def test_it_plays_and_stops(window: Window) -> None:
    slider = window.page.get_by_role("slider").first
    assert slider.get_attribute("aria-valuenow") == "0"
    window.page.keyboard.press("Escape")
    window.page.evaluate("document.activeElement.blur()")
    window.page.keyboard.press("Space")
    window.page.wait_for_function(
        "document.querySelector('[role=slider]').getAttribute('aria-valuenow') !== '0'", timeout=60_000
    )
    window.page.keyboard.press("Space")
    picture(window.page)


def test_a_file_of_its_own_opens_without_a_network(browser: Any, shown: Shown, tmp_path: Path) -> None:
    file, told = tmp_path / "clip.html", []
    size = write_offline(clip_view(shown.corpus[0]), shown.thresholds, file)
    assert size == file.stat().st_size < 4_000_000
    page = page_of(browser, told, file.as_uri(), offline=True, viewport=SIZE)
    page.goto(file.as_uri())
    page.wait_for_selector("input", timeout=60_000)  # Of the film's time: it has been read.
    page.keyboard.press("Space")
    image = picture(page)
    assert red(image) > 2000 and blue(image) > 200
    assert page.locator("img[src=x]").count() == 0
    assert [line for line in told if line.startswith(("dialog", "error", "http", "ws"))] == []
    page.context.close()
