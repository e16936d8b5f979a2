"""The numbers of both profiles: PCG32, checksum, resume key, doubling, client ids.

A client needs the checksum, the doubling and the form of client ids only; the rest is what
a server computes, and what the golden vectors ask for.
"""

from __future__ import annotations

import hashlib
import re
import struct
import sys
from typing import Iterable, Iterator

MAX_COUNT = 65535
NIL_CLIENT_ID = "00000000-0000-0000-0000-000000000000"

_MASK64 = (1 << 64) - 1
_MULT = 0x5851F42D4C957F2D
_STREAM = 54
_CLIENT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


class Pcg32:
    """PCG XSH RR 64/32 with jump-ahead, spec/generation.md section 1."""

    def __init__(self, seed: int, stream: int = _STREAM) -> None:
        self._inc = (stream << 1 | 1) & _MASK64
        self._first = self._step((self._step(0) + seed) & _MASK64)

    def items(self, start: int, count: int) -> Iterator[int]:
        """Values of the items start..start+count-1."""
        state = self._advance(self._first, start)
        for _ in range(count):
            yield self._output(state)
            state = self._step(state)

    def _step(self, state: int) -> int:
        return (state * _MULT + self._inc) & _MASK64

    @staticmethod
    def _output(state: int) -> int:
        word = ((state >> 18 ^ state) >> 27) & 0xFFFFFFFF
        turn = state >> 59
        return (word >> turn | word << (-turn & 31)) & 0xFFFFFFFF

    def _advance(self, state: int, steps: int) -> int:
        am, ap, cm, cp = 1, 0, _MULT, self._inc
        while steps > 0:
            if steps & 1:
                am, ap = am * cm & _MASK64, (ap * cm + cp) & _MASK64
            cp, cm = (cm + 1) * cp & _MASK64, cm * cm & _MASK64
            steps >>= 1
        return (am * state + ap) & _MASK64


class Checksum:
    """SHA-256 over values of 4 bytes, big-endian, spec/generation.md section 2."""

    def __init__(self, values: Iterable[int] = ()) -> None:
        self._hash = hashlib.sha256()
        for value in values:
            self.add(value)

    def add(self, value: int) -> None:
        self._hash.update(struct.pack(">I", value))

    def digest(self) -> bytes:
        """The 32 bytes over the values so far; more may be added afterwards."""
        return self._hash.digest()


def resume_key(client_id: str, seed: int) -> bytes:
    """16 bytes, spec/core.md section 5.3."""
    identity = bytes.fromhex(client_id.replace("-", ""))
    return hashlib.sha256(b"reseq/1 resume-key\0" + identity + seed.to_bytes(8, "big")).digest()[:16]


def doubling_value(a: int, ratio: int, index: int) -> int:
    """Item `index` of a stateless sequence."""
    return a * ratio**index


def doubling_sum(a: int, ratio: int, count: int) -> int:
    """Sum of the first `count` items of a stateless sequence."""
    return a * (ratio**count - 1) // (ratio - 1)


def to_bytes(value: int) -> bytes:
    """Big-endian without leading zero bytes."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def to_decimal(value: int) -> str:
    """Decimal text of any length; Python by itself stops at 4,300 digits."""
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        return str(value)
    finally:
        sys.set_int_max_str_digits(limit)


def parse_client_id(text: str) -> str:
    """The client id in lower case; raises ValueError for anything that is none."""
    if not isinstance(text, str) or not _CLIENT_ID.fullmatch(text) or text == NIL_CLIENT_ID:
        raise ValueError(f"expected a client id, 36 characters and not the nil UUID, got {repr(text)[:200]}")
    return text.lower()
