"""A clip in one browser window: its scene, its slider, what its camera saw."""

import threading
from typing import Any

from share_data.view import panel
from share_data.view.clip import ClipView
from share_data.view.controls import clip_controls
from share_data.view.pictures import Pictures, Videos
from share_data.view.player import Player
from share_data.view.scene import ClipScene, eye_of

ROOM = 0.2
"""At the right, for the panel: see `scene.eye_of`."""


class ClipSession:
    """A clip, from when it is shown to when another one is.

    Args:
        client: `viser.ClientHandle`.
        box: handle of the folder that its controls go into.
        clip: what is shown.
        videos: of its corpus.
    """

    def __init__(self, client: Any, box: Any, clip: ClipView, videos: Videos) -> None:
        self.clip, self._client = clip, client
        self._lock = threading.RLock()
        self._scene = ClipScene(client.scene, clip)
        self._own = clip_controls(client.gui, box, clip)
        self._own.moment.content = panel.moment(clip, 0)
        client.camera.position, client.camera.look_at = eye_of(clip, ROOM)
        self.player = Player(clip.times, self._due)
        self._closed = False
        self._listen()
        self._pictures = Pictures(clip.record, videos, self._arrived)

    def close(self) -> None:
        """Nothing of it moves any more."""
        with self._lock:
            self._closed = True
            self.player.close()
            self._pictures.stop()

    def remove(self) -> None:
        """Take it off the window, which is still there."""
        self.close()
        self._scene.remove()
        self._own.box.remove()

    def _listen(self) -> None:
        own = self._own
        own.frame.on_update(lambda _: self._moved(int(own.frame.value)))
        own.play.on_click(lambda _: self.player.toggle())
        own.speed.on_update(lambda _: self._paced(float(own.speed.value)))
        for name, box in own.layers.items():
            box.on_update(lambda _, name=name, box=box: self._layer(name, box.value))

    def _paced(self, speed: float) -> None:
        self.player.speed = speed

    def _moved(self, frame: int) -> None:
        """The slider was moved, by a person or by the player, whose frame is shown already."""
        with self._lock:
            if frame != self._scene.frame:
                self.player.seek(frame)
                self._show(frame)

    def _due(self, frame: int) -> None:
        with self._lock:
            if frame != self._scene.frame:
                self._show(frame)
                if not self._closed:
                    self._own.frame.value = frame

    def _show(self, frame: int) -> None:
        if not self._closed:
            with self._client.atomic():
                self._scene.show(frame)
                self._own.moment.content = panel.moment(self.clip, frame)
                self._picture()

    def _layer(self, name: str, visible: bool) -> None:
        with self._lock:
            if not self._closed:
                self._scene.layer(name, visible)

    def _picture(self) -> None:
        image = self._pictures.at(self._scene.frame)
        if image is not None:
            self._scene.picture(image)

    def _arrived(self, frame: int) -> None:
        """A picture of the video is there: shown where it is the one that is looked at."""
        with self._lock:
            if not self._closed and frame == self._pictures.of(self._scene.frame):
                self._picture()
