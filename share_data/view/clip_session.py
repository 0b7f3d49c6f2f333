"""A clip in one browser window: its scene, its slider, what its camera saw."""

import threading
from typing import Any

from share_data.view import panel
from share_data.view.clip import ClipView
from share_data.view.controls import ClipControls, clip_controls
from share_data.view.pictures import Pictures, Videos
from share_data.view.player import Player
from share_data.view.scene import ClipScene, eye_of

ROOM = 0.2
"""At the right, for the panel: see `scene.eye_of`."""


class ClipSession:
    """A clip, from when it is shown to when another one is.

    The body and a part of the scene are there at once; all of it, and the panel, come with `control`.

    Args:
        client: `viser.ClientHandle`.
        clip: what is shown.
        videos: of its corpus.

    Attributes:
        eye: (3,) metres, world: where it is looked at from to begin with.
    """

    def __init__(self, client: Any, clip: ClipView, videos: Videos) -> None:
        self.clip, self._client, self._videos = clip, client, videos
        self._lock = threading.RLock()
        self._own: ClipControls | None = None
        self._pictures: Pictures | None = None
        self._scene = ClipScene(client.scene, clip)
        self.eye, target = eye_of(clip, ROOM)
        client.camera.position, client.camera.look_at = self.eye, target
        self.player = Player(clip.times, self._due)
        self._closed = False

    def control(self, box: Any) -> None:
        """Show all of it, and put its slider and switches into a folder of the panel. box: its handle."""
        with self._lock:
            self._scene.complete()
            self._own = own = clip_controls(self._client.gui, box, self.clip)
            own.moment.content = panel.moment(self.clip, self._scene.frame)
            own.frame.on_update(lambda _: self._moved(int(own.frame.value)))
            own.play.on_click(lambda _: self.player.toggle())
            own.speed.on_update(lambda _: self._paced(float(own.speed.value)))
            for name, switch in own.layers.items():
                switch.on_update(lambda _, name=name, switch=switch: self._layer(name, switch.value))

    def read_video(self) -> None:
        """Begin to show what its camera saw."""
        with self._lock:
            if self._pictures is None and not self._closed:
                self._pictures = Pictures(self.clip.record, self._videos, self._arrived)

    def close(self) -> None:
        """Nothing of it moves any more."""
        with self._lock:
            self._closed = True
            self.player.close()
            if self._pictures is not None:
                self._pictures.stop()

    def remove(self) -> None:
        """Take it off the window, which is still there."""
        self.close()
        self._scene.remove()
        if self._own is not None:
            self._own.box.remove()

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
                if self._own is not None and not self._closed:
                    self._own.frame.value = frame

    def _show(self, frame: int) -> None:
        if not self._closed:
            with self._client.atomic():
                self._scene.show(frame)
                if self._own is not None:
                    self._own.moment.content = panel.moment(self.clip, frame)
                self._picture()

    def _layer(self, name: str, visible: bool) -> None:
        with self._lock:
            if not self._closed:
                with self._client.atomic():
                    self._scene.layer(name, visible)

    def _picture(self) -> None:
        image = None if self._pictures is None else self._pictures.at(self._scene.frame)
        if image is not None:
            self._scene.picture(image)

    def _arrived(self, frame: int) -> None:
        """A picture of the video is there: shown where it is the one that is looked at."""
        with self._lock:
            if self._pictures is not None and not self._closed and frame == self._pictures.of(self._scene.frame):
                self._picture()
