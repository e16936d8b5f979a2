"""The messages of `reseq.v1`, field by field as in spec/proto/reseq/v1/reseq.proto."""

from __future__ import annotations

from dataclasses import dataclass

from .codec import data, fixed32, nested, numbers, text, texts, uint32


@dataclass(slots=True)
class StatelessStart:
    ratio: int | None = uint32(1, optional=True)


@dataclass(slots=True)
class StatelessResume:
    a: int = uint32(1)
    next_index: int = uint32(2)
    ratio: int | None = uint32(3, optional=True)


@dataclass(slots=True)
class StatefulStart:
    client_id: str = text(1)
    n: int = uint32(2)
    attempt: int | None = uint32(3, optional=True)


@dataclass(slots=True)
class StatefulResume:
    client_id: str = text(1)
    next_index: int = uint32(2)
    resume_key: bytes = data(3)
    attempt: int | None = uint32(4, optional=True)


@dataclass(slots=True)
class OpenRequest:
    protocol_version: int = uint32(1)
    extensions: list[str] = texts(2)
    stateless_start: StatelessStart | None = nested(3, StatelessStart, oneof="request")
    stateless_resume: StatelessResume | None = nested(4, StatelessResume, oneof="request")
    stateful_start: StatefulStart | None = nested(5, StatefulStart, oneof="request")
    stateful_resume: StatefulResume | None = nested(6, StatefulResume, oneof="request")


@dataclass(slots=True)
class StatelessOpened:
    a: int = uint32(1)
    ratio: int = uint32(2)


@dataclass(slots=True)
class PrefixChecksum:
    count: int = uint32(1)
    sha256: bytes = data(2)


@dataclass(slots=True)
class StatefulOpened:
    n: int = uint32(1)
    retention_ms: int = uint32(2)
    resume_key: bytes = data(3)
    attempt: int = uint32(4)
    prefix_checksum: PrefixChecksum | None = nested(5, PrefixChecksum)


@dataclass(slots=True)
class Opened:
    protocol_version: int = uint32(1)
    interval_ms: int = uint32(2)
    next_index: int = uint32(3)
    extensions: list[str] = texts(4)
    stateless: StatelessOpened | None = nested(5, StatelessOpened, oneof="profile")
    stateful: StatefulOpened | None = nested(6, StatefulOpened, oneof="profile")


@dataclass(slots=True)
class Item:
    index: int = uint32(1)
    number: int | None = fixed32(2, oneof="value")
    integer: bytes | None = data(3, oneof="value")


@dataclass(slots=True)
class Final:
    index: int = uint32(1)
    number: int = fixed32(2)
    checksum: bytes = data(3)


@dataclass(slots=True)
class OpenResponse:
    opened: Opened | None = nested(1, Opened, oneof="message")
    item: Item | None = nested(2, Item, oneof="message")
    final: Final | None = nested(3, Final, oneof="message")


@dataclass(slots=True)
class ConfirmRequest:
    client_id: str = text(1)
    resume_key: bytes = data(2)
    attempt: int = uint32(3)


@dataclass(slots=True)
class ConfirmResponse:
    pass


@dataclass(slots=True)
class DescribeRequest:
    pass


@dataclass(slots=True)
class Limits:
    max_count: int = uint32(1)
    max_sessions: int = uint32(2)
    max_request_bytes: int = uint32(3)


@dataclass(slots=True)
class DescribeResponse:
    spec_version: str = text(1)
    protocol_versions: list[int] = numbers(2)
    profiles: list[str] = texts(3)
    extensions: list[str] = texts(4)
    interval_ms: int = uint32(5)
    retention_ms: int = uint32(6)
    drop_detection_ms: int = uint32(7)
    limits: Limits | None = nested(8, Limits)
    implementation: str = text(9)
