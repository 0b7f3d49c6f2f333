"""A wire between a client and a server on this machine: counts the bytes that come back, and is cut when told to."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock, Thread


@dataclass(slots=True)
class Wire:
    """port: where it begins; cuts: after so many bytes in all a connection breaks; received: bytes so far."""

    port: int = 0
    cuts: list[int] = field(default_factory=list)
    received: int = 0
    lock: Lock = field(default_factory=Lock)

    def count(self, size: int) -> bool:
        """Note bytes of an answer; whether their connection breaks before they arrive."""
        with self.lock:
            self.received += size
            cut = bool(self.cuts) and self.received >= self.cuts[0]
            if cut:
                self.cuts.pop(0)
            return cut


@contextmanager
def cut_wire(host: str, port: int) -> Iterator[Wire]:
    """A wire to a server for as long as the block lasts."""
    wire = Wire()
    listener = socket.create_server(("127.0.0.1", 0))
    wire.port = listener.getsockname()[1]

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection((host, port))
                Thread(target=_carry, args=(client, server, None), daemon=True).start()
                Thread(target=_carry, args=(server, client, wire), daemon=True).start()

    Thread(target=accept, daemon=True).start()
    try:
        yield wire
    finally:
        # Closing alone does not wake the thread that waits for a connection.
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _carry(source: socket.socket, target: socket.socket, wire: Wire | None) -> None:
    """Pass on what comes, until one end closes or the wire is cut."""
    with suppress(OSError):
        while data := source.recv(1 << 14):
            if wire is not None and wire.count(len(data)):
                break
            target.sendall(data)
    for each in (source, target):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        if wire is not None:
            each.close()
