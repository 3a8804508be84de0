"""Connections to the outside: only to public addresses, to the very address that was looked at, within a time."""

import ipaddress
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore2
import httpx2

from heritage.core.errors import N_, HeritageError

# IPv6 forms that carry an IPv4 address inside: what they lead to is judged by that address.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Resolve = Callable[[str, int], list[str]]


class PrivateAddress(HeritageError):
    """A name or address leads into a private network, where nothing that strangers name may be asked for."""


class TooSlow(HeritageError):
    """The other side did not finish in the time it was given."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open Internet.

    Args:    address: IPv4 or IPv6 in text form.
    Returns: False for loopback, private, link-local, shared, reserved and multicast ones, and for what is no address.
    """
    try:
        found = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is None and found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, in the order to try them.  Raises: OSError when there are none."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Deadline:
    """A moment after which nothing is read any more; set anew for each request."""

    def __init__(self) -> None:
        self._end = float("inf")

    def begin(self, seconds: float) -> None:
        """So long from now."""
        self._end = time.monotonic() + seconds

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self._end

    def within(self, timeout: float | None) -> float:
        """What is left, at most ``timeout``.

        Raises: TooSlow when nothing is left.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TooSlow(N_("The answer did not come to an end in time."))
        return left if timeout is None else min(timeout, left)


class _Stream(httpcore2.NetworkStream):
    """A connection whose every read and write ends with the deadline, however slowly the bytes drip in."""

    def __init__(self, inner: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._inner, self._deadline = inner, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.within(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.within(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._deadline.within(timeout))
        return _Stream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class PinnedBackend(httpcore2.SyncBackend):
    """Looks a name up once, judges every address it has, and connects to one of those and no other.

    Args:    trusted: (host, port) that the operator wrote down and that may be private.  deadline: of each request.
    """

    def __init__(self, trusted: Iterable[tuple[str, int]], deadline: Deadline, look_up: Resolve = resolve) -> None:
        super().__init__()
        self._trusted, self._deadline, self._look_up = frozenset(trusted), deadline, look_up

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Raises: PrivateAddress, before anything is sent."""
        try:
            addresses = self._look_up(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"the name {host} is not known") from error
        if (host, port) not in self._trusted and not all(is_public(address) for address in addresses):
            raise PrivateAddress(N_("%(host)s leads into a private network; nothing was asked for there."), host=host)
        problem: Exception | None = None
        for address in addresses:
            try:
                stream = super().connect_tcp(
                    address, port, self._deadline.within(timeout), local_address, socket_options
                )
                return _Stream(stream, self._deadline)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                problem = error
        raise problem or httpcore2.ConnectError(f"{host} has no address")


class PinnedTransport(httpx2.HTTPTransport):
    """A transport for ``httpx2.Client`` whose connections are made by a ``PinnedBackend``; proxies are not used."""

    def __init__(self, backend: PinnedBackend) -> None:
        super().__init__(trust_env=False)
        self._pool.close()
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(trust_env=False), network_backend=backend, max_connections=4
        )
