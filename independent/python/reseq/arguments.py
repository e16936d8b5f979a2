"""The parameters of a run (spec/cli.md section 1), checked alike for program and driver.

Every function raises ValueError that says what was expected and what came.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

from . import sequence
from .receiver import Extensions, Receiver, StatefulReceiver, StatelessReceiver

PROFILES = ("stateless", "stateful")
RATIOS = (2, 3)
_ADDRESS = re.compile(r"([^\s\[\]:/]+|\[[0-9A-Fa-f:.]+\]):([1-9][0-9]{0,4})")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,8}")


def parse_address(text: Any) -> str:
    """HOST:PORT, an IPv6 host in brackets."""
    match = _ADDRESS.fullmatch(text) if isinstance(text, str) else None
    if match is None or int(match[2]) > 65535:
        raise _unexpected("a server, HOST:PORT or [IPV6]:PORT", text)
    return match[0]


def parse_decimal(text: str) -> int:
    """A number as it is written on a command line."""
    if not _DECIMAL.fullmatch(text):
        raise _unexpected("a decimal number", text)
    return int(text)


def check_count(value: Any) -> int:
    """1..65535."""
    if not _is_whole(value) or not 1 <= value <= sequence.MAX_COUNT:
        raise _unexpected(f"a count of 1..{sequence.MAX_COUNT}", value)
    return int(value)


def make_receiver(
    profile: Any,
    count: int,
    *,
    ratio: Any = 2,
    client_id: Any = None,
    confirm: Any = True,
    prefix_checksum: Any = False,
) -> Receiver:
    """A receiver for a new sequence; a stateful one makes a client id unless one is given."""
    if profile not in PROFILES:
        raise _unexpected("profile stateless or stateful", profile)
    if not _is_whole(ratio) or ratio not in RATIOS:
        raise _unexpected("ratio 2 or 3", ratio)
    if not isinstance(confirm, bool):
        raise _unexpected("confirm true or false", confirm)
    if not isinstance(prefix_checksum, bool):
        raise _unexpected("prefix checksum true or false", prefix_checksum)
    if client_id is not None:
        client_id = sequence.parse_client_id(client_id)
    if profile == "stateless":
        if client_id is not None or not confirm or prefix_checksum:
            raise ValueError("expected options of the profile stateless, got one of stateful")
        return StatelessReceiver(count, int(ratio))
    if ratio != 2:
        raise ValueError("expected options of the profile stateful, got a ratio")
    return StatefulReceiver(count, client_id or str(uuid.uuid4()), Extensions(confirm, prefix_checksum))


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == value // 1


def _unexpected(expected: str, got: Any) -> ValueError:
    return ValueError(f"expected {expected}, got {repr(got)[:200]}")
