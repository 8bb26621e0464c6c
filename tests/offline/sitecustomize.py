"""Python runs this at its start where this folder is on PYTHONPATH: no connection leaves the machine.

The tests put it there for the kernels that run the notebooks. Jupyter itself talks over the loopback address.
"""

import socket

_connect, _connect_ex, _getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo
LOCAL = ("127.0.0.1", "::1", "localhost", "", None)


def _check(address: object) -> None:
    if isinstance(address, tuple) and address[0] not in LOCAL:
        raise OSError(f"no network in tests: {address[0]}")


def _guarded_connect(self: socket.socket, address: object) -> None:
    _check(address)
    _connect(self, address)  # type: ignore[arg-type]


def _guarded_connect_ex(self: socket.socket, address: object) -> int:
    _check(address)
    return _connect_ex(self, address)  # type: ignore[arg-type]


def _guarded_getaddrinfo(host: object, *arguments: object, **options: object) -> object:
    _check((host,))
    return _getaddrinfo(host, *arguments, **options)  # type: ignore[arg-type]


socket.socket.connect = _guarded_connect  # type: ignore[method-assign]
socket.socket.connect_ex = _guarded_connect_ex  # type: ignore[method-assign]
socket.getaddrinfo = _guarded_getaddrinfo  # type: ignore[assignment]
