"""A port of 127.0.0.1 that a cluster's API has from when its address is told."""

import socket

LOOPBACK = "127.0.0.1"
# Clients that connect before the server runs wait here.
_BACKLOG = 256


class Port:
    """A free port, listened on until whoever serves there takes the socket, or gives the port to another process."""

    def __init__(self) -> None:
        self.socket = socket.create_server((LOOPBACK, 0), backlog=_BACKLOG)
        self.number: int = self.socket.getsockname()[1]

    @property
    def url(self) -> str:
        return f"https://{LOOPBACK}:{self.number}"

    def close(self) -> None:
        """Stop listening."""
        self.socket.close()
