"""Ports of this machine that nobody listens on."""

import socket

HOST = "127.0.0.1"


def free() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]
