"""One browser window: which record it shows, of which choice, at which frame. Windows know nothing of each other."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from share_data.corpus.checking import checked
from share_data.corpus.read import Corpus
from share_data.errors import ShareDataError
from share_data.ledger.judgements import Said
from share_data.view import panel
from share_data.view.address import Address
from share_data.view.choice import CORPUS_ORDER, choose, sortable
from share_data.view.clip import clip_view
from share_data.view.clip_session import ClipSession
from share_data.view.controls import ANSWERS, BACK, KEYS, ON, PLAY, controls
from share_data.view.judging import Judgements
from share_data.view.pictures import Videos
from share_data.view.thresholds import Thresholds


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
    """

    corpus: Corpus
    thresholds: Thresholds
    judgements: Judgements
    body: Path | None = None
    first: int = 0
    where: str = ""
    sort: str = ""
    highest: bool = False


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
        index = shown.corpus.index
        self._choice = choose(index, shown.where, shown.sort, shown.highest)
        self._own = controls(client.gui, sortable(index), shown.where, shown.sort, shown.highest)
        self._listen()

    def start(self) -> None:
        """Show the record that the address names."""
        self.open(self._row_of(self._address.asked()))

    def close(self) -> None:
        """The window was closed."""
        with self._lock:
            if self._clip is not None:
                self._clip.close()

    def open(self, row: int) -> None:
        """Show a record; of one that cannot be shown, why."""
        corpus, own = self._shown.corpus, self._own
        with self._lock:
            self._row = row
            with self._client.atomic():
                if self._clip is not None:
                    self._clip.remove()
                    self._clip = None
                try:
                    record = checked(corpus[row], str(corpus.storage.place))
                    clip = clip_view(record, self._shown.body)
                    self._clip = ClipSession(self._client, own.clip, clip, self._videos)
                    own.message.content = panel.note(clip.why)
                except ShareDataError as error:
                    own.message.content = panel.note(error)
            self._client.flush()  # The picture first: what is told of it has to be looked up.
            self._tell()

    def _tell(self) -> None:
        own, key = self._own, self._shown.corpus.keys[self._row]
        place = self._choice.place(self._row)
        among = "not among those chosen" if place is None else f"{place + 1} of {len(self._choice)}"
        metadata = None if self._clip is None else self._clip.clip.metadata
        own.facts.content = panel.note(f"{key} ({among})") if metadata is None else panel.facts(metadata, among)
        thresholds = self._shown.thresholds
        lines = [] if metadata is None else thresholds.lines(metadata)
        own.scores.content = panel.scores(lines, thresholds.missing)
        own.said.content = panel.note(self._said(key))
        self._address.show(key)

    def _said(self, key: str) -> str:
        try:
            return self._shown.judgements.said(key) or "not judged yet"
        except ShareDataError as error:
            return str(error)

    def _listen(self) -> None:
        own, gui = self._own, self._client.gui
        own.walk.on_click(lambda event: self._walk(1 if event.target.value == ON else -1))
        own.answer.on_click(lambda event: self._judge(ANSWERS[event.target.value]))
        own.find.on_update(lambda _: self._find(own.find.value.strip()))
        for each in (own.where, own.sort, own.highest):
            each.on_update(lambda _: self._choose())
        doing: dict[str, Any] = {ON: lambda: self._walk(1), BACK: lambda: self._walk(-1), PLAY: self._play}
        doing |= {label: lambda said=said: self._judge(said) for label, said in ANSWERS.items()}
        for key, label in KEYS.items():
            gui.add_command(label, hotkey=key).on_trigger(lambda _, do=doing[label]: do())

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

    def _judge(self, said: Said) -> None:
        """Note what is said of the clip that is shown, and go on to the next one."""
        with self._lock:
            key = self._shown.corpus.keys[self._row]
            try:
                count = self._shown.judgements.say(key, said)
            except (ShareDataError, OSError) as error:
                self._own.message.content = panel.note(error)
                return
            self._walk(1)
            told = f"{said}: {key}; {count} judged in {self._shown.judgements.path}"
            self._own.message.content = panel.note(told)

    def _find(self, text: str) -> None:
        if text:
            try:
                found = self._shown.corpus.record(text).key
                self.open(self._shown.corpus.keys.index(found))
            except ShareDataError as error:
                self._own.message.content = panel.note(error)

    def _choose(self) -> None:
        """Another choice: the record stays where it is one of it in the corpus' order, else the first is shown."""
        own = self._own
        with self._lock:
            try:
                self._choice = choose(self._shown.corpus.index, own.where.value, own.sort.value, own.highest.value)
            except ShareDataError as error:
                own.message.content = panel.note(error)
                return
            stays = own.sort.value == CORPUS_ORDER and self._choice.place(self._row) is not None
            self.open(self._row if stays else int(self._choice.rows[0]))
