"""One browser window: which record it shows, of which choice, at which frame. Windows know nothing of each other."""

import threading
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Any

import numpy as np

from share_data.corpus.checking import checked
from share_data.corpus.read import Corpus
from share_data.errors import ShareDataError
from share_data.ledger.judgements import Said
from share_data.view import panel
from share_data.view.address import Address
from share_data.view.choice import CORPUS_ORDER, choose, sortable
from share_data.view.clip import ClipView, clip_view
from share_data.view.clip_session import ClipSession
from share_data.view.controls import ANSWERS, BACK, KEYS, ON, PLAY, Controls, controls
from share_data.view.judging import Judgements
from share_data.view.pictures import Videos
from share_data.view.thresholds import Thresholds

_PATIENCE_S, _FRAME_S, _NEAR_M = 2.0, 0.2, 0.01
"""For the first picture of a window; for the frame in which it is drawn, without a graphics card; of the eye."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What all windows show records of.

    Attributes:
        corpus: whose records.
        thresholds: what its filters ask.
        judgements: where answers go.
        body: the model file that it was made with, where that is not the built-in one.
        first: number of the record that is shown where an address names none.
        where, sort, highest: what is chosen to begin with, see `choice.choose`.
        opening: the record `first`, ready before a window asks for it; None where it cannot be shown.
    """

    corpus: Corpus
    thresholds: Thresholds
    judgements: Judgements
    body: Path | None = None
    first: int = 0
    where: str = ""
    sort: str = ""
    highest: bool = False
    opening: ClipView | None = None

    def clip(self, row: int) -> ClipView:
        """A record as it is drawn. Raises CorpusError where it is not sound."""
        if self.opening is not None and row == self.first:
            return self.opening
        return clip_view(checked(self.corpus[row], str(self.corpus.storage.place)), self.body)


class Session:
    """A client of the viewer, from its coming to its going.

    Args:
        client: `viser.ClientHandle`.
        shown: what it looks at.
    """

    def __init__(self, client: Any, shown: Shown) -> None:
        self._client, self._shown = client, shown
        self._lock = threading.RLock()
        self._clip: ClipSession | None = None
        self._videos = Videos(shown.corpus.storage)
        self._address = Address(client)
        self._choice = choose(shown.corpus.index, shown.where, shown.sort, shown.highest)
        self._own: Controls | None = None
        self._looking, self._gone = threading.Event(), False
        client.camera.on_update(self._moved)

    def start(self) -> None:
        """Show the record that the address names: its picture first, and the panel when that is on the screen."""
        with self._lock:
            self._draw(self._row_of(self._address.asked()))
        if self._clip is not None:
            self._wait_for_picture()
        with self._lock:
            if not self._gone:
                self._own = self._controls()
                self._tell(self._own)

    def _wait_for_picture(self) -> None:
        """Until the browser says that its eye is where the clip is looked at from, which it does as it draws that."""
        if self._looking.wait(_PATIENCE_S):
            sleep(_FRAME_S)

    def _moved(self, camera: Any) -> None:
        clip = self._clip
        if clip is not None and np.allclose(camera.position, clip.eye, atol=_NEAR_M):
            self._looking.set()

    def close(self) -> None:
        """The window was closed."""
        with self._lock:
            self._gone = True
            if self._clip is not None:
                self._clip.close()

    def open(self, row: int) -> None:
        """Show a record; of one that cannot be shown, why."""
        with self._lock:
            self._draw(row)
            if self._own is not None:
                self._tell(self._own)

    def _draw(self, row: int) -> None:
        self._row, self._why = row, ""
        with self._client.atomic():
            if self._clip is not None:
                self._clip.remove()
                self._clip = None
            try:
                clip = self._shown.clip(row)
                self._clip, self._why = ClipSession(self._client, clip, self._videos), clip.why
            except ShareDataError as error:
                self._why = str(error)
        self._client.flush()  # The picture first: what is told of it has to be looked up.

    def _tell(self, own: Controls) -> None:
        key, clip = self._shown.corpus.keys[self._row], self._clip
        place = self._choice.place(self._row)
        among = "not among those chosen" if place is None else f"{place + 1} of {len(self._choice)}"
        metadata = None if clip is None else clip.clip.metadata
        with self._client.atomic():
            own.message.content = panel.note(self._why)
            if clip is not None:
                clip.control(own.clip)
        own.facts.content = panel.note(f"{key} ({among})") if metadata is None else panel.facts(metadata, among)
        thresholds = self._shown.thresholds
        lines = [] if metadata is None else thresholds.lines(metadata)
        own.scores.content = panel.scores(lines, thresholds.missing)
        own.said.content = panel.note(self._said(key))
        self._address.show(key)
        if clip is not None:
            clip.read_video()

    def _said(self, key: str) -> str:
        try:
            return self._shown.judgements.said(key) or "not judged yet"
        except ShareDataError as error:
            return str(error)

    def _controls(self) -> Controls:
        gui, shown = self._client.gui, self._shown
        own = controls(gui, sortable(shown.corpus.index), shown.where, shown.sort, shown.highest)
        own.walk.on_click(lambda event: self._walk(1 if event.target.value == ON else -1))
        own.answer.on_click(lambda event: self._judge(own, ANSWERS[event.target.value]))
        own.find.on_update(lambda _: self._find(own))
        for each in (own.where, own.sort, own.highest):
            each.on_update(lambda _: self._choose(own))
        doing: dict[str, Any] = {ON: lambda: self._walk(1), BACK: lambda: self._walk(-1), PLAY: self._play}
        doing |= {label: lambda said=said: self._judge(own, said) for label, said in ANSWERS.items()}
        for key, label in KEYS.items():
            gui.add_command(label, hotkey=key).on_trigger(lambda _, do=doing[label]: do())
        return own

    def _row_of(self, key: str) -> int:
        keys = self._shown.corpus.keys
        if key in keys:
            return keys.index(key)
        first = self._shown.first
        return first if self._choice.place(first) is not None else int(self._choice.rows[0])

    def _play(self) -> None:
        with self._lock:
            if self._clip is not None:
                self._clip.player.toggle()

    def _walk(self, steps: int) -> None:
        with self._lock:
            self.open(self._choice.beside(self._row, steps))

    def _judge(self, own: Controls, said: Said) -> None:
        """Note what is said of the clip that is shown, and go on to the next one."""
        with self._lock:
            key = self._shown.corpus.keys[self._row]
            try:
                count = self._shown.judgements.say(key, said)
            except (ShareDataError, OSError) as error:
                own.message.content = panel.note(error)
                return
            self._walk(1)
            own.message.content = panel.note(f"{said}: {key}; {count} judged in {self._shown.judgements.path}")

    def _find(self, own: Controls) -> None:
        if text := own.find.value.strip():
            try:
                found = self._shown.corpus.record(text).key
                self.open(self._shown.corpus.keys.index(found))
            except ShareDataError as error:
                own.message.content = panel.note(error)

    def _choose(self, own: Controls) -> None:
        """Another choice: the record stays where it is one of it in the corpus' order, else the first is shown."""
        with self._lock:
            try:
                self._choice = choose(self._shown.corpus.index, own.where.value, own.sort.value, own.highest.value)
            except ShareDataError as error:
                own.message.content = panel.note(error)
                return
            stays = own.sort.value == CORPUS_ORDER and self._choice.place(self._row) is not None
            self.open(self._row if stays else int(self._choice.rows[0]))
