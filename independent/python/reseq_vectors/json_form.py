"""Messages in JSON as vectors/README.md has them: camel case, bytes in hexadecimal, no defaults."""

from __future__ import annotations

from typing import Any

from reseq.codec import Wire, attributes


def to_json(message: Any) -> dict[str, Any]:
    members = {}
    for name, wire in attributes(type(message)).items():
        value = getattr(message, name)
        if value is not None if wire.presence else value:
            members[_camel(name)] = _value_to_json(wire, value)
    return members


def from_json(message: type, members: dict[str, Any]) -> Any:
    """Raises KeyError for a member that the message does not have."""
    known = {_camel(name): (name, wire) for name, wire in attributes(message).items()}
    values = {}
    for member, value in members.items():
        name, wire = known[member]
        values[name] = _value_from_json(wire, value)
    return message(**values)



def _value_to_json(wire: Wire, value: Any) -> Any:
    if wire.kind == "message":
        return to_json(value)
    return value.hex() if wire.kind == "data" else value


def _value_from_json(wire: Wire, value: Any) -> Any:
    if wire.message is not None:
        return from_json(wire.message, value)
    return bytes.fromhex(value) if wire.kind == "data" else value


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))
