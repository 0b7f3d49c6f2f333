"""The viewer: one server, any number of windows, each with a record of its own.

A browser needs a second to start the page. So the server is there before the corpus is open, and imports no more than
viser until then; windows that come meanwhile wait.
"""

import threading
from contextlib import redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING, Any

from share_data.errors import MachineError, MissingDependencyError

if TYPE_CHECKING:
    from share_data.view.session import Session, Shown

LOCAL = "127.0.0.1"


def viser_server(host: str, port: int) -> Any:
    """A `viser.ViserServer` that says nothing. Raises MissingDependencyError, MachineError."""
    try:
        import viser
    except ImportError as error:
        raise MissingDependencyError(
            "the viewer needs viser, which is not installed: pip install 'share-data[view]'"
        ) from error
    with redirect_stdout(StringIO()):  # It prints a table of addresses.
        try:
            return viser.ViserServer(host, port, verbose=False)
        except OSError as error:
            raise MachineError(f"{host}:{port}: cannot be listened on ({error.strerror})") from error


def plain_light(api: Any) -> None:
    """Light from above and no shadows: what viser has by default takes nine tenths of the time to a first picture
    where no graphics card draws. api: `viser.SceneApi` of a server."""
    api.configure_environment_map(None)
    api.configure_default_lights(cast_shadow=False)
    api.add_light_hemisphere("/light", sky_color=(255, 255, 255), ground_color=(190, 185, 180), intensity=1.8)


class Viewer:
    """Serves until it is closed.

    A window can share its server with the world through viser's own relay; that button is not there, and its request
    is not answered: a corpus may not be passed on without being asked.

    Args:
        host: that is listened on; this machine's own by default, so that nobody else sees the corpus.
        port: 0 for any that is free; the next free one where it is taken.
    """

    def __init__(self, host: str = LOCAL, port: int = 8080) -> None:
        self._server = viser_server(host, port)
        self._sessions: dict[int, Session] = {}
        self._shown: Shown | None = None
        self._ready = threading.Event()
        self._server.request_share_url = _refused
        plain_light(self._server.scene)
        self._server.gui.configure_theme(control_width="large", show_logo=False, show_share_button=False)
        self._server.gui.set_panel_label("share-data view")
        self._server.on_client_connect(self._come)
        self._server.on_client_disconnect(self._gone)

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://{self._server.get_host()}:{self._server.get_port()}"

    def show(self, shown: "Shown") -> None:
        """Show it in every window, also in those that wait for it already."""
        self._shown = shown
        self._ready.set()

    def wait(self) -> None:
        """Until Ctrl-C."""
        threading.Event().wait()

    def close(self) -> None:
        """Let every window go."""
        self._ready.set()
        for session in list(self._sessions.values()):
            session.close()
        stop(self._server)

    def _come(self, client: Any) -> None:
        self._ready.wait()
        if self._shown is None or client.client_id not in self._server.get_clients():
            return  # It ended before the corpus was open, or the window was closed.
        from share_data.view.session import Session

        self._sessions[client.client_id] = Session(client, self._shown)
        self._sessions[client.client_id].start()

    def _gone(self, client: Any) -> None:
        session = self._sessions.pop(client.client_id, None)
        if session is not None:
            session.close()


def stop(server: Any) -> None:
    """End a `viser.ViserServer`, which says so otherwise."""
    with redirect_stdout(StringIO()):
        server.stop()


def _refused(*_: object) -> None:
    """No address on the internet is asked for."""
