"""Protobuf encoding for dataclasses: what the messages of Reseq need, and no more.

A message is a dataclass whose attributes are made with `uint32`, `fixed32`, `text`, `data`,
`nested`, `texts` and `numbers`. An attribute with presence (a member of a oneof, a proto3
`optional`, a nested message) is None while it is absent.
"""

from __future__ import annotations

import dataclasses
import functools
import struct
from typing import Any, Iterator, TypeVar

VARINT, FIXED64, BYTES, GROUP_START, GROUP_END, FIXED32 = range(6)
UINT32_MAX = 0xFFFFFFFF

Message = TypeVar("Message")


class DecodeError(ValueError):
    """The bytes are no message of the expected type."""


@dataclasses.dataclass(frozen=True)
class Wire:
    """How one attribute goes over the wire."""

    number: int
    kind: str
    wire_type: int
    presence: bool = False
    repeated: bool = False
    oneof: str | None = None
    message: type | None = None


def _attribute(wire: Wire) -> Any:
    if wire.repeated:
        return dataclasses.field(default_factory=list, metadata={"wire": wire})
    default = None if wire.presence else {"text": "", "data": b""}.get(wire.kind, 0)
    return dataclasses.field(default=default, metadata={"wire": wire})


def uint32(number: int, *, optional: bool = False) -> Any:
    return _attribute(Wire(number, "uint32", VARINT, presence=optional))


def fixed32(number: int, *, oneof: str | None = None) -> Any:
    return _attribute(Wire(number, "fixed32", FIXED32, presence=oneof is not None, oneof=oneof))


def text(number: int) -> Any:
    return _attribute(Wire(number, "text", BYTES))


def data(number: int, *, oneof: str | None = None) -> Any:
    return _attribute(Wire(number, "data", BYTES, presence=oneof is not None, oneof=oneof))


def nested(number: int, message: type, *, oneof: str | None = None) -> Any:
    return _attribute(Wire(number, "message", BYTES, presence=True, oneof=oneof, message=message))


def texts(number: int) -> Any:
    return _attribute(Wire(number, "text", BYTES, repeated=True))


def numbers(number: int) -> Any:
    return _attribute(Wire(number, "uint32", VARINT, repeated=True))


@functools.cache
def attributes(message: Any) -> dict[str, Wire]:
    """The attributes of a message by name, ascending by field number."""
    found = {each.name: each.metadata["wire"] for each in dataclasses.fields(message)}
    return dict(sorted(found.items(), key=lambda entry: entry[1].number))


@functools.cache
def _by_number(message: Any) -> dict[int, tuple[str, Wire]]:
    return {wire.number: (name, wire) for name, wire in attributes(message).items()}


# Encoding


def encode(message: Any) -> bytes:
    """The message in bytes, its fields in ascending order and without defaults."""
    return b"".join(
        _encode_attribute(wire, getattr(message, name))
        for name, wire in attributes(type(message)).items()
    )


def _encode_attribute(wire: Wire, value: Any) -> bytes:
    if wire.repeated and wire.wire_type == VARINT:
        packed = b"".join(map(_encode_varint, value))
        return _encode_field(wire.number, BYTES, packed) if packed else b""
    if wire.repeated:
        return b"".join(_encode_field(wire.number, BYTES, _encode_value(wire, one)) for one in value)
    if value is None or (not wire.presence and not value):
        return b""
    return _encode_field(wire.number, wire.wire_type, _encode_value(wire, value))


def _encode_field(number: int, wire_type: int, payload: bytes) -> bytes:
    length = _encode_varint(len(payload)) if wire_type == BYTES else b""
    return _encode_varint(number << 3 | wire_type) + length + payload


def _encode_value(wire: Wire, value: Any) -> bytes:
    match wire.kind:
        case "uint32":
            return _encode_varint(value)
        case "fixed32":
            return struct.pack("<I", value)
        case "text":
            return value.encode()
        case "data":
            return value
        case _:
            return encode(value)


def _encode_varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


# Decoding


def decode(message: type[Message], encoded: bytes) -> Message:
    """Raises DecodeError. Unknown fields, and known ones of another wire type, are ignored."""
    return _merge(message(), encoded)


def _merge(into: Message, encoded: bytes) -> Message:
    known = _by_number(type(into))
    for number, wire_type, value in _fields(encoded):
        name, wire = known.get(number, ("", None))
        if wire is None:
            continue
        if wire_type == wire.wire_type:
            _store(into, name, wire, value)
        elif wire.repeated and wire_type == BYTES:
            getattr(into, name).extend(_unpack(value))
    return into


def _store(into: Any, name: str, wire: Wire, value: Any) -> None:
    if wire.repeated:
        getattr(into, name).append(_decode_value(wire, value))
        return
    if wire.message is not None:
        value = _merge(getattr(into, name) or wire.message(), value)
    else:
        value = _decode_value(wire, value)
    if wire.oneof is not None:
        _clear_oneof(into, wire.oneof)
    setattr(into, name, value)


def _clear_oneof(message: Any, oneof: str) -> None:
    for name, wire in attributes(type(message)).items():
        if wire.oneof == oneof:
            setattr(message, name, None)


def _decode_value(wire: Wire, value: Any) -> Any:
    if wire.kind == "uint32":
        return value & UINT32_MAX
    if wire.kind == "text":
        try:
            return value.decode()
        except UnicodeDecodeError as error:
            raise DecodeError(f"field {wire.number}: expected UTF-8, got {error}") from None
    return value


def _unpack(packed: bytes) -> Iterator[int]:
    at = 0
    while at < len(packed):
        value, at = _decode_varint(packed, at)
        yield value & UINT32_MAX


def _fields(encoded: bytes) -> Iterator[tuple[int, int, Any]]:
    """Number, wire type and raw value of each field; groups are skipped."""
    at, groups = 0, []
    while at < len(encoded):
        tag, at = _decode_varint(encoded, at)
        number, wire_type = tag >> 3, tag & 7
        if not 1 <= number < 1 << 29:
            raise DecodeError(f"field number: expected 1..536870911, got {number}")
        if wire_type == GROUP_START:
            groups.append(number)
        elif wire_type == GROUP_END:
            if not groups or groups.pop() != number:
                raise DecodeError(f"field {number}: end of a group that did not begin")
        else:
            value, at = _decode_raw(encoded, at, wire_type)
            if not groups:
                yield number, wire_type, value
    if groups:
        raise DecodeError(f"field {groups[-1]}: expected the end of the group, got the end of the message")


def _decode_raw(encoded: bytes, at: int, wire_type: int) -> tuple[Any, int]:
    if wire_type == VARINT:
        return _decode_varint(encoded, at)
    if wire_type == BYTES:
        length, at = _decode_varint(encoded, at)
        return _take(encoded, at, length), at + length
    if wire_type == FIXED32:
        return int.from_bytes(_take(encoded, at, 4), "little"), at + 4
    if wire_type == FIXED64:
        return int.from_bytes(_take(encoded, at, 8), "little"), at + 8
    raise DecodeError(f"wire type: expected 0..5, got {wire_type}")


def _take(encoded: bytes, at: int, length: int) -> bytes:
    if at + length > len(encoded):
        raise DecodeError(f"expected {length} bytes, got {len(encoded) - at}")
    return encoded[at : at + length]


def _decode_varint(encoded: bytes, at: int) -> tuple[int, int]:
    value = 0
    for count, byte in enumerate(encoded[at : at + 10]):
        value |= (byte & 0x7F) << 7 * count
        if byte < 0x80:
            return value, at + count + 1
    raise DecodeError(f"varint: expected its last byte, got {encoded[at : at + 10].hex() or 'nothing'}")
