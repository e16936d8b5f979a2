"""The error registry (spec/errors.md), and statuses without a code (spec/bindings/grpc.md section 2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Mapping


class Code(IntEnum):
    INVALID_REQUEST = 100
    UNSUPPORTED_VERSION = 101
    SESSION_NOT_FOUND = 102
    SESSION_CONFLICT = 103
    OFFSET_OUT_OF_RANGE = 104
    SESSION_TAKEN_OVER = 105
    STALE_ATTEMPT = 106
    PROTOCOL_ERROR = 107
    UNAVAILABLE = 200
    OVERLOADED = 201
    INTERNAL = 202


_CODE_OF_STATUS = {
    "INVALID_ARGUMENT": Code.INVALID_REQUEST,
    "NOT_FOUND": Code.SESSION_NOT_FOUND,
    "ALREADY_EXISTS": Code.SESSION_CONFLICT,
    "OUT_OF_RANGE": Code.OFFSET_OUT_OF_RANGE,
    "ABORTED": Code.SESSION_TAKEN_OVER,
    "FAILED_PRECONDITION": Code.STALE_ATTEMPT,
}
_REFUSED = {"UNAUTHENTICATED", "PERMISSION_DENIED"}
_DECIMAL = re.compile(r"[0-9]{1,10}", re.ASCII)


@dataclass(frozen=True)
class Failure:
    """Why a connection, or a call, has ended."""

    message: str
    code: int | None = None
    terminal: bool = False
    retry_after_ms: int = 0

    @property
    def name(self) -> str | None:
        """Name of the code, None when the registry does not have it."""
        return Code(self.code).name if self.code in list(Code) else None


def failure_of_status(status: str, detail: str, trailers: Mapping[str, str], opened: bool) -> Failure:
    """Judges the end of a call by its gRPC status (by name) and trailers.

    `opened` tells whether an OPENED of this sequence has come, on whatever connection.
    """
    message = f"{status}: {detail}"
    if status == "OK":
        return Failure("the connection ended before the sequence was complete")
    code = _decimal(trailers.get("reseq-code"))
    if code is None:
        code = _CODE_OF_STATUS.get(status)
    if code is not None:
        terminal = not 200 <= code <= 299
    else:
        terminal = status in _REFUSED or (status == "UNIMPLEMENTED" and not opened)
    retry_after_ms = 0 if terminal else _decimal(trailers.get("reseq-retry-after-ms")) or 0
    return Failure(message, code, terminal, retry_after_ms)


def _decimal(text: str | None) -> int | None:
    return int(text) if text is not None and _DECIMAL.fullmatch(text) else None
