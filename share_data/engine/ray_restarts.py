"""What becomes of a build whose Ray has been damaged: one of its own is started again, a few times; others' never."""

from share_data.errors import EngineError

MOST_RESTARTS = 3
"""Times that a build starts a Ray of its own again."""
_AGAIN = "Build again with the same command: it goes on where it stopped."


class Restarts:
    """Counts them. address: of a cluster that is not ours; empty where Ray was started by this build."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._count = 0

    def take(self, lost: str) -> str:
        """Use one up; returns a line for the user. lost: what is gone. Raises EngineError where there is none."""
        if self._address:
            raise EngineError(
                f"the Ray cluster at {self._address} has lost {lost}. It is not this build's to restart: see "
                f"`ray status --address {self._address}`. {_AGAIN}"
            )
        if self._count == MOST_RESTARTS:
            raise EngineError(
                f"Ray has lost {lost}, and was started again {MOST_RESTARTS} times already. {_AGAIN} If it comes "
                "again, look for what ends these processes (memory? the system's log), or use --engine inline."
            )
        self._count += 1
        return f"Ray has lost {lost}: started again ({self._count} of at most {MOST_RESTARTS} times)"
