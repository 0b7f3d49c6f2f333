"""A page's address says which clip it shows: `http://HOST:PORT/?clip=KEY`, to be copied, kept and opened again.

viser tells a server nothing of the address that a page was opened with. So a line of script of our own, sent as the
`onerror` of an image that cannot be there, leaves it in the page's local storage, from where viser reads it. Nothing
that is somebody else's stands in a script: a key is letters, digits, `_` and `-` (`layout.KEY_PATTERN`).
"""

import re
import secrets
from contextlib import suppress
from time import monotonic, sleep
from typing import Any
from urllib.parse import parse_qs

from share_data.corpus.layout import KEY_PATTERN

PARAMETER = "clip"
_PREFIX = "viser-user:"
"""What viser puts before the names that it is asked for (`client/src/MessageHandler.tsx` of 1.1.1)."""
_PATIENCE_S = 2.0
_SCRIPT_S = 0.05
"""What a page needs for a line of script; asked before, it answers that there is nothing, and draws a frame for it."""


class Address:
    """The address of one client's page.

    Args:
        client: `viser.ClientHandle`.
    """

    def __init__(self, client: Any) -> None:
        self._client, self._token = client, f"share-data-{secrets.token_hex(8)}"
        self._html = client.gui.add_html(_script(f"localStorage.setItem('{_PREFIX}{self._token}', location.search)"))
        client.flush()

    def asked(self) -> str:
        """The key in the address, empty where there is none."""
        until, found = monotonic() + _PATIENCE_S, None
        sleep(_SCRIPT_S)
        with suppress(RuntimeError, TimeoutError):
            while found is None and monotonic() < until:
                found = self._client.local_storage.get_item(self._token, timeout=_PATIENCE_S)
            self._client.local_storage.remove_item(self._token)
        key = parse_qs((found or "").removeprefix("?")).get(PARAMETER, [""])[0]
        return key if re.fullmatch(KEY_PATTERN, key) else ""

    def show(self, key: str) -> None:
        """Put the key of the clip that is shown into the address."""
        if re.fullmatch(KEY_PATTERN, key):
            self._html.content = _script(f"history.replaceState(null, '', '?{PARAMETER}={key}')")


def _script(line: str) -> str:
    return f'<img src="data:," alt="" style="display:none" onerror="{line}">'
