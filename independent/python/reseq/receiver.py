"""What a client does with messages, without any input or output: spec/core.md sections 3, 4 and 8.

A receiver lives as long as its sequence. For each connection it makes the request, then takes
the messages one by one. It raises `Fault` when the connection is to be treated as dropped and
`Mismatch` when the sequence has failed for good.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from . import sequence
from .codec import DecodeError, decode
from .messages import (
    ConfirmRequest,
    Final,
    Item,
    Opened,
    OpenRequest,
    OpenResponse,
    StatefulResume,
    StatefulStart,
    StatelessResume,
    StatelessStart,
)

PROTOCOL_VERSION = 1
CONFIRM_FINAL = "confirm-final"
PREFIX_CHECKSUM = "prefix-checksum"


class Fault(Exception):
    """A gap or a faulty message: the connection counts as dropped."""


class Mismatch(Exception):
    """A wrong value, checksum or OPENED: the sequence cannot be completed."""


def _expect(name: str, expected: Any, got: Any) -> None:
    if got != expected:
        raise Mismatch(f"{name}: expected {expected}, got {got}")


class Receiver(ABC):
    """One sequence of `count` items: how many are accepted, and all that is known of it."""

    profile: str

    def __init__(self, count: int) -> None:
        self.count = count
        self.accepted = 0
        self.opened_once = False
        self.opened: Opened | None = None  # of the present connection
        self.interval_ms = 0  # as the last OPENED said

    @property
    def complete(self) -> bool:
        return self.accepted == self.count

    def begin(self, attempt: int) -> OpenRequest:
        """Begins a connection; `attempt` is 1 for the first one and rises."""
        self.opened = None
        return self._request(attempt)

    def receive(self, encoded: bytes) -> None:
        """Takes one message of the present connection."""
        try:
            message = decode(OpenResponse, encoded)
        except DecodeError as error:
            raise Fault(f"message: {error}") from None
        if message.opened is not None:
            self._receive_opened(message.opened)
            return
        numbered = message.item or message.final
        if numbered is None:
            raise Fault("message: expected opened, item or final, got none of them")
        if numbered.index < self.accepted:
            return
        if self.opened is None:
            raise Fault("message: expected opened, got an item before it")
        if numbered.index > self.accepted:
            raise Fault(f"index: expected {self.accepted}, got {numbered.index}")
        if isinstance(numbered, Item):
            self._receive_item(numbered)
        else:
            self._receive_final(numbered)

    def _receive_opened(self, opened: Opened) -> None:
        if self.opened is not None:
            raise Fault("message: expected an item, got a second opened")
        if opened.stateless is None and opened.stateful is None:
            raise Fault("profile: expected stateless or stateful, got none")
        self._check_form(opened)
        _expect("protocol_version", PROTOCOL_VERSION, opened.protocol_version)
        _expect("next_index", self.accepted, opened.next_index)
        self._check_opened(opened)
        self.opened = opened
        self.opened_once = True
        self.interval_ms = opened.interval_ms

    def _check_form(self, opened: Opened) -> None:
        """Raises Fault for an OPENED with fields that cannot be."""

    @abstractmethod
    def _request(self, attempt: int) -> OpenRequest: ...

    @abstractmethod
    def _check_opened(self, opened: Opened) -> None:
        """Compares with what was asked for and learnt before, and learns from the first one."""

    @abstractmethod
    def _receive_item(self, item: Item) -> None: ...

    @abstractmethod
    def _receive_final(self, final: Final) -> None: ...

    @abstractmethod
    def report(self) -> dict[str, Any]:
        """Members of the result line (spec/cli.md) that only this profile has."""


class StatelessReceiver(Receiver):
    """Items a * ratio^k; each is compared before it is accepted."""

    profile = "stateless"

    def __init__(self, count: int, ratio: int = 2) -> None:
        super().__init__(count)
        self.ratio = ratio
        self.a: int | None = None
        self.total = 0
        self._expected = 0

    def _request(self, attempt: int) -> OpenRequest:
        if self.a is None:
            return OpenRequest(PROTOCOL_VERSION, stateless_start=StatelessStart(self.ratio))
        resume = StatelessResume(self.a, self.accepted, self.ratio)
        return OpenRequest(PROTOCOL_VERSION, stateless_resume=resume)

    def _check_opened(self, opened: Opened) -> None:
        told = opened.stateless
        if told is None:
            raise Mismatch("profile: expected stateless, got stateful")
        _expect("ratio", self.ratio, told.ratio)
        if self.a is not None:
            _expect("a", self.a, told.a)
        elif not 1 <= told.a <= 255:
            raise Mismatch(f"a: expected 1..255, got {told.a}")
        else:
            self.a = self._expected = told.a

    def _receive_item(self, item: Item) -> None:
        if not item.integer or item.integer[0] == 0:
            raise Fault(f"item {item.index}: expected an integer without leading zero bytes, got another value")
        if int.from_bytes(item.integer, "big") != self._expected:
            raise Mismatch(f"item {item.index}: expected {self.a} * {self.ratio}^{item.index}, got another value")
        self.accepted += 1
        self.total += self._expected
        self._expected *= self.ratio

    def _receive_final(self, final: Final) -> None:
        raise Fault("message: expected an item, got final in the stateless profile")

    def report(self) -> dict[str, Any]:
        members: dict[str, Any] = {}
        if self.a is not None:
            members |= {"a": self.a, "ratio": self.ratio}
        if self.complete:
            members["sum"] = sequence.to_decimal(self.total)
        return members


@dataclass(frozen=True)
class Extensions:
    """What a stateful client asks for on each of its connections."""

    confirm_final: bool = True
    prefix_checksum: bool = False

    def names(self) -> list[str]:
        asked = {CONFIRM_FINAL: self.confirm_final, PREFIX_CHECKSUM: self.prefix_checksum}
        return [name for name, wanted in asked.items() if wanted]


class StatefulReceiver(Receiver):
    """Items of a session; the checksum of FINAL judges all of them."""

    profile = "stateful"

    def __init__(self, count: int, client_id: str, extensions: Extensions = Extensions()) -> None:
        super().__init__(count)
        self.client_id = client_id
        self.extensions = extensions
        self._resume_key: bytes | None = None
        self._checksum = sequence.Checksum()
        self._expected_checksum: bytes | None = None

    def confirm_request(self) -> ConfirmRequest | None:
        """The CONFIRM that is due now, None where `confirm-final` was not granted to this client."""
        if not self.complete or self.opened is None or self.opened.stateful is None:
            return None
        if not self.extensions.confirm_final or CONFIRM_FINAL not in self.opened.extensions:
            return None
        return ConfirmRequest(self.client_id, self._resume_key or b"", self.opened.stateful.attempt)

    def _request(self, attempt: int) -> OpenRequest:
        request = OpenRequest(PROTOCOL_VERSION, self.extensions.names())
        if self._resume_key is None:
            request.stateful_start = StatefulStart(self.client_id, self.count, attempt)
        else:
            request.stateful_resume = StatefulResume(
                self.client_id, self.accepted, self._resume_key, attempt
            )
        return request

    def _check_form(self, opened: Opened) -> None:
        told = opened.stateful
        if told is None:
            return
        if len(told.resume_key) != 16:
            raise Fault(f"resume_key: expected 16 bytes, got {len(told.resume_key)}")

    def _check_opened(self, opened: Opened) -> None:
        told = opened.stateful
        if told is None:
            raise Mismatch("profile: expected stateful, got stateless")
        _expect("n", self.count, told.n)
        if self._resume_key is not None and told.resume_key != self._resume_key:
            raise Mismatch("resume_key: expected the one of the first opened, got another")
        if self.extensions.prefix_checksum and told.prefix_checksum is not None:
            _expect("prefix_checksum count", self.accepted, told.prefix_checksum.count)
            _expect("prefix_checksum", self._checksum.digest().hex(), told.prefix_checksum.sha256.hex())
        self._resume_key = told.resume_key

    def _receive_item(self, item: Item) -> None:
        if item.number is None:
            raise Fault(f"item {item.index}: expected a number, got another value or none")
        if item.index >= self.count - 1:
            raise Fault(f"item {item.index}: expected final")
        self._accept(item.number)

    def _receive_final(self, final: Final) -> None:
        if final.index != self.count - 1:
            raise Fault(f"final: expected index {self.count - 1}, got {final.index}")
        if len(final.checksum) != 32:
            raise Fault(f"checksum: expected 32 bytes, got {len(final.checksum)}")
        self._accept(final.number)
        self._expected_checksum = final.checksum
        _expect("checksum", final.checksum.hex(), self._checksum.digest().hex())

    def _accept(self, value: int) -> None:
        self._checksum.add(value)
        self.accepted += 1

    def report(self) -> dict[str, Any]:
        members: dict[str, Any] = {"clientId": self.client_id}
        if self.complete:
            members["checksum"] = self._checksum.digest().hex()
        if self._expected_checksum is not None:
            members["expectedChecksum"] = self._expected_checksum.hex()
        return members
