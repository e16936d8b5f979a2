"""One function for each operation of vectors/README.md, from `input` to `output`."""

from __future__ import annotations

import hashlib
import math
from typing import Any, Callable

from reseq import backoff, codec, messages, sequence

from .json_form import from_json, to_json
from .server import Dialogue, Refusal, Store, check_confirm, check_request

Json = dict[str, Any]
Operation = Callable[[Json], Json]


def answer(op: str, given: Json) -> Json | None:
    """The output of an operation, None for one that is not known here."""
    operation = OPERATIONS.get(op)
    return None if operation is None else operation(given)


def _pcg32_items(given: Json) -> Json:
    stream = int(given["initseq"], 16) if "initseq" in given else 54
    generator = sequence.Pcg32(int(given["seed"], 16), stream)
    return {"items": [f"{value:08x}" for value in generator.items(given["from"], given["count"])]}


def _checksum_sequence(given: Json) -> Json:
    values = sequence.Pcg32(int(given["seed"], 16)).items(0, given["count"])
    return {"sha256": sequence.Checksum(values).digest().hex()}


def _checksum_values(given: Json) -> Json:
    return {"sha256": sequence.Checksum(int(value, 16) for value in given["values"]).digest().hex()}


def _integer(given: Json) -> bytes:
    return sequence.to_bytes(sequence.doubling_value(given["a"], given["ratio"], given["index"]))


def _doubling_value(given: Json) -> Json:
    return {"integer": _integer(given).hex()}


def _doubling_value_digest(given: Json) -> Json:
    integer = _integer(given)
    return {"bytes": len(integer), "sha256": hashlib.sha256(integer).hexdigest()}


def _doubling_sum(given: Json) -> Json:
    return {"sum": sequence.to_decimal(sequence.doubling_sum(given["a"], given["ratio"], given["count"]))}


def _doubling_sum_digest(given: Json) -> Json:
    total = _doubling_sum(given)["sum"]
    return {"digits": len(total), "sha256": hashlib.sha256(total.encode()).hexdigest()}


def _client_id_parse(given: Json) -> Json:
    try:
        return {"clientId": sequence.parse_client_id(given["text"])}
    except ValueError:
        return {"error": "INVALID_REQUEST"}


def _checked(check: Callable[[Any], Any], request: Any) -> Json:
    try:
        check(request)
    except Refusal as refusal:
        return {"error": refusal.error, "field": refusal.field}
    return {"ok": True}


def _request_check(given: Json) -> Json:
    return _checked(check_request, from_json(messages.OpenRequest, given["request"]))


def _confirm_check(given: Json) -> Json:
    return _checked(check_confirm, from_json(messages.ConfirmRequest, given["request"]))


def _resume_key(given: Json) -> Json:
    return {"resumeKey": sequence.resume_key(given["clientId"], int(given["seed"], 16)).hex()}


def _bounds(bounds: tuple[float, float]) -> Json:
    return {"minMs": bounds[0], "maxMs": bounds[1]}


def _frame_encode(given: Json) -> Json:
    return {"hex": codec.encode(from_json(getattr(messages, given["message"]), given["value"])).hex()}


def _frame_decode(given: Json) -> Json:
    message = codec.decode(getattr(messages, given["message"]), bytes.fromhex(given["hex"]))
    return {"value": to_json(message)}


def _record_layout(given: Json) -> Json:
    return {
        "key": f"reseq:1:{{{given['clientId'].lower()}}}",
        "fields": {"n": str(given["n"]), "seed": given["seed"], "attempt": str(given["attempt"])},
    }


def _store_run(given: Json) -> Json:
    store = Store(given.get("room", math.inf))
    return {"results": [_store_step(store, step) for step in given["operations"]]}


def _store_step(store: Store, step: Json) -> Json:
    operations: dict[str, Operation] = {
        "start": lambda given: store.start(**given),
        "lookup": lambda given: store.lookup(**given),
        "attach": lambda given: store.attach(**given),
        "renew": lambda given: store.renew(**given),
        "finish": lambda given: store.finish(**given),
    }
    names = {"clientId": "client_id", "ttlMs": "ttl_ms", "n": "n", "seed": "seed", "attempt": "attempt"}
    store.now_ms = step["atMs"]
    return operations[step["do"]]({name: step[member] for member, name in names.items() if member in step})


def _exchange_run(given: Json) -> Json:
    dialogue = Dialogue(given["settings"])
    return {"steps": [_exchange_step(dialogue, step) for step in given["steps"]]}


def _exchange_step(dialogue: Dialogue, step: Json) -> list[Json]:
    match step["do"]:
        case "open":
            return dialogue.open(step["connection"], from_json(messages.OpenRequest, step["request"]))
        case "send":
            return dialogue.send(step["connection"], step["count"])
        case "drop":
            dialogue.drop(step["connection"])
            return []
        case "wait":
            dialogue.wait(step["ms"])
            return []
        case "confirm":
            return dialogue.confirm(from_json(messages.ConfirmRequest, step["request"]))
        case other:
            raise ValueError(f"do: expected a step of a dialogue, got {other!r}")


OPERATIONS: dict[str, Operation] = {
    "pcg32.items": _pcg32_items,
    "checksum.sequence": _checksum_sequence,
    "checksum.values": _checksum_values,
    "doubling.value": _doubling_value,
    "doubling.value-digest": _doubling_value_digest,
    "doubling.sum": _doubling_sum,
    "doubling.sum-digest": _doubling_sum_digest,
    "client-id.parse": _client_id_parse,
    "request.check": _request_check,
    "confirm.check": _confirm_check,
    "resume-key": _resume_key,
    "backoff.bounds": lambda given: _bounds(backoff.bounds(given["k"])),
    "backoff.retry-after-bounds": lambda given: _bounds(backoff.retry_after_bounds(given["retryAfterMs"])),
    "frame.encode": _frame_encode,
    "frame.decode": _frame_decode,
    "record.layout": _record_layout,
    "store.run": _store_run,
    "exchange.run": _exchange_run,
}
