"""What a server decides, without pace: form of requests, store, dialogues.

Transcribed from spec/core.md section 5, spec/state.md section 3 and vectors/README.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Iterator

from reseq import sequence
from reseq.messages import (
    ConfirmRequest,
    Final,
    Item,
    Opened,
    OpenRequest,
    OpenResponse,
    PrefixChecksum,
    StatefulOpened,
    StatefulResume,
    StatefulStart,
    StatelessOpened,
    StatelessResume,
    StatelessStart,
)

from .json_form import to_json

ATTEMPT_MAX = 4294967295


class Refusal(Exception):
    """A request is answered with an error of the registry; `field` is the one at fault."""

    def __init__(self, error: str, field: str | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.field = field


# Form of requests


def check_request(request: OpenRequest) -> Any:
    """Steps 1 and 2 of the order of checks; returns the START or RESUME."""
    if request.protocol_version != 1:
        raise Refusal("UNSUPPORTED_VERSION", "protocol_version")
    lengths = [len(name.encode()) for name in request.extensions]
    _demand(len(lengths) <= 16 and all(1 <= length <= 64 for length in lengths), "extensions")
    wanted = (
        request.stateless_start or request.stateless_resume or request.stateful_start or request.stateful_resume
    )
    _demand(wanted is not None, "request")
    if isinstance(wanted, (StatefulStart, StatefulResume)):
        _check_client_id(wanted.client_id)
    if isinstance(wanted, StatefulStart):
        _demand(1 <= wanted.n <= sequence.MAX_COUNT, "n")
    if isinstance(wanted, StatefulResume):
        _demand(len(wanted.resume_key) == 16, "resume_key")
    if isinstance(wanted, StatelessResume):
        _demand(1 <= wanted.a <= 255, "a")
    if isinstance(wanted, (StatelessStart, StatelessResume)):
        _demand(wanted.ratio in (None, 2, 3), "ratio")
    return wanted


def check_confirm(request: ConfirmRequest) -> None:
    _check_client_id(request.client_id)
    _demand(len(request.resume_key) == 16, "resume_key")
    _demand(request.attempt >= 1, "attempt")


def _demand(condition: bool, field: str) -> None:
    if not condition:
        raise Refusal("INVALID_REQUEST", field)


def _check_client_id(text: str) -> None:
    try:
        sequence.parse_client_id(text)
    except ValueError:
        raise Refusal("INVALID_REQUEST", "client_id") from None


# Store


@dataclass
class Record:
    n: int
    seed: str
    attempt: int
    deadline_ms: float


class Store:
    """The five operations; `now_ms` is its clock and is set by whoever holds it."""

    def __init__(self, room: float = math.inf) -> None:
        self.now_ms: float = 0
        self._room = room
        self._records: dict[str, Record] = {}

    def start(self, client_id: str, n: int, seed: str, ttl_ms: float, attempt: int | None = None) -> dict[str, Any]:
        record = self._find(client_id)
        if record is None:
            if len(self._records) >= self._room:
                return {"result": "full"}
            record = self._records[client_id] = Record(n, seed, attempt or 1, self.now_ms + ttl_ms)
            return {"result": "created", "n": n, "seed": seed, "attempt": record.attempt}
        if record.n != n:
            return {"result": "conflict"}
        if not self._raise_attempt(record, attempt, ttl_ms):
            return {"result": "stale"}
        return {"result": "attached", "n": n, "seed": record.seed, "attempt": record.attempt}

    def lookup(self, client_id: str) -> dict[str, Any]:
        record = self._find(client_id)
        if record is None:
            return {"result": "missing"}
        return {"result": "found", "n": record.n, "seed": record.seed, "attempt": record.attempt}

    def attach(self, client_id: str, seed: str, ttl_ms: float, attempt: int | None = None) -> dict[str, Any]:
        record = self._find(client_id)
        if record is None or record.seed != seed:
            return {"result": "missing"}
        if not self._raise_attempt(record, attempt, ttl_ms):
            return {"result": "stale"}
        return {"result": "attached", "attempt": record.attempt}

    def renew(self, client_id: str, seed: str, attempt: int, ttl_ms: float) -> dict[str, Any]:
        result = self._judge_holder(client_id, seed, attempt)
        if result == "ok":
            self._records[client_id].deadline_ms = self.now_ms + ttl_ms
        return {"result": result}

    def finish(self, client_id: str, seed: str, attempt: int) -> dict[str, Any]:
        result = self._judge_holder(client_id, seed, attempt)
        if result == "ok":
            del self._records[client_id]
        return {"result": result}

    def _find(self, client_id: str) -> Record | None:
        self._records = {key: each for key, each in self._records.items() if each.deadline_ms > self.now_ms}
        return self._records.get(client_id)

    def _raise_attempt(self, record: Record, attempt: int | None, ttl_ms: float) -> bool:
        raised = attempt or record.attempt + 1
        if not record.attempt < raised <= ATTEMPT_MAX:
            return False
        record.attempt, record.deadline_ms = raised, self.now_ms + ttl_ms
        return True

    def _judge_holder(self, client_id: str, seed: str, attempt: int) -> str:
        record = self._find(client_id)
        if record is None or record.seed != seed:
            return "missing"
        return "ok" if record.attempt == attempt else "superseded"


# Dialogues


@dataclass
class Connection:
    """A living connection and the index of its next item."""

    number: int
    next_index: int
    a: int = 0
    ratio: int = 0
    client_id: str | None = None
    n: int = 0
    seed: str = ""
    attempt: int = 0
    confirm_final: bool = False


class Dialogue:
    """One server as the settings of an exchange describe it; each step returns its events."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._seeds: Iterator[str] = iter(settings["seeds"])
        self._firsts: Iterator[int] = iter(settings["a"])
        self._store = Store()
        self._living: dict[int, Connection] = {}

    def open(self, number: int, request: OpenRequest) -> list[dict[str, Any]]:
        try:
            wanted = check_request(request)
            if isinstance(wanted, (StatelessStart, StatelessResume)):
                return [self._open_stateless(number, wanted)]
            return self._open_stateful(number, wanted, request.extensions)
        except Refusal as refusal:
            return [{"connection": number, "error": refusal.error}]

    def send(self, number: int, count: int) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = []
        for _ in range(count):
            if number in self._living:
                events += self._send_one(self._living[number])
        return events

    def drop(self, number: int) -> None:
        connection = self._living.pop(number, None)
        if connection is not None and connection.client_id is not None:
            self._detach(connection)

    def wait(self, ms: int) -> None:
        self._store.now_ms += ms

    def confirm(self, request: ConfirmRequest) -> list[dict[str, Any]]:
        try:
            check_confirm(request)
            client_id = request.client_id.lower()
            found = self._find_session(client_id, request.resume_key)
            if found["attempt"] != request.attempt:
                raise Refusal("STALE_ATTEMPT")
        except Refusal as refusal:
            return [{"error": refusal.error}]
        self._store.finish(client_id, found["seed"], request.attempt)
        return [{"confirmed": True}, *self._end_connection_of(client_id, "SESSION_NOT_FOUND")]

    def _open_stateless(self, number: int, wanted: StatelessStart | StatelessResume) -> dict[str, Any]:
        if isinstance(wanted, StatelessStart):
            wanted = StatelessResume(next(self._firsts), 0, wanted.ratio)
        if wanted.next_index >= sequence.MAX_COUNT:
            raise Refusal("OFFSET_OUT_OF_RANGE", "next_index")
        connection = Connection(number, wanted.next_index, wanted.a, wanted.ratio or 2)
        return self._begin(connection, [], stateless=StatelessOpened(connection.a, connection.ratio))

    def _open_stateful(
        self, number: int, wanted: StatefulStart | StatefulResume, asked: list[str]
    ) -> list[dict[str, Any]]:
        client_id = wanted.client_id.lower()
        if isinstance(wanted, StatefulStart):
            connection = self._start(number, client_id, wanted)
        else:
            connection = self._resume(number, client_id, wanted)
        granted = [name for name in dict.fromkeys(asked) if name in self._settings["extensions"]]
        connection.confirm_final = "confirm-final" in granted
        told = StatefulOpened(
            connection.n,
            self._settings["retentionMs"],
            sequence.resume_key(client_id, int(connection.seed, 16)),
            connection.attempt,
        )
        if isinstance(wanted, StatefulResume) and "prefix-checksum" in granted:
            told.prefix_checksum = PrefixChecksum(connection.next_index, _checksum(connection, connection.next_index))
        taken_over = self._end_connection_of(client_id, "SESSION_TAKEN_OVER")
        return [*taken_over, self._begin(connection, granted, stateful=told)]

    def _start(self, number: int, client_id: str, wanted: StatefulStart) -> Connection:
        exists = self._store.lookup(client_id)["result"] == "found"
        seed = "" if exists else next(self._seeds)
        started = self._store.start(client_id, wanted.n, seed, math.inf, wanted.attempt)
        _refuse_by(started["result"])
        return Connection(
            number, 0, client_id=client_id, n=wanted.n, seed=started["seed"], attempt=started["attempt"]
        )

    def _resume(self, number: int, client_id: str, wanted: StatefulResume) -> Connection:
        found = self._find_session(client_id, wanted.resume_key)
        if wanted.next_index >= found["n"]:
            raise Refusal("OFFSET_OUT_OF_RANGE", "next_index")
        attached = self._store.attach(client_id, found["seed"], math.inf, wanted.attempt)
        _refuse_by(attached["result"])
        return Connection(
            number,
            wanted.next_index,
            client_id=client_id,
            n=found["n"],
            seed=found["seed"],
            attempt=attached["attempt"],
        )

    def _find_session(self, client_id: str, resume_key: bytes) -> dict[str, Any]:
        found = self._store.lookup(client_id)
        if found["result"] == "missing" or resume_key != sequence.resume_key(client_id, int(found["seed"], 16)):
            raise Refusal("SESSION_NOT_FOUND")
        return found

    def _begin(self, connection: Connection, granted: list[str], **profile: Any) -> dict[str, Any]:
        self._living[connection.number] = connection
        opened = Opened(1, self._settings["intervalMs"], connection.next_index, granted, **profile)
        return _message(connection, OpenResponse(opened=opened))

    def _send_one(self, connection: Connection) -> list[dict[str, Any]]:
        index = connection.next_index
        connection.next_index += 1
        if connection.client_id is None:
            integer = sequence.to_bytes(sequence.doubling_value(connection.a, connection.ratio, index))
            event = _message(connection, OpenResponse(item=Item(index, integer=integer)))
            return [event, *self._end_behind(connection, sequence.MAX_COUNT)]
        [number] = sequence.Pcg32(int(connection.seed, 16)).items(index, 1)
        if index < connection.n - 1:
            return [_message(connection, OpenResponse(item=Item(index, number=number)))]
        final = Final(index, number, _checksum(connection, connection.n))
        return [_message(connection, OpenResponse(final=final)), *self._end_behind(connection, connection.n)]

    def _end_behind(self, connection: Connection, count: int) -> list[dict[str, Any]]:
        if connection.next_index < count:
            return []
        del self._living[connection.number]
        if connection.confirm_final:
            self._detach(connection)
        elif connection.client_id is not None:
            self._store.finish(connection.client_id, connection.seed, connection.attempt)
        return [{"connection": connection.number, "end": "OK"}]

    def _detach(self, connection: Connection) -> None:
        retention_ms = self._settings["retentionMs"]
        self._store.renew(connection.client_id or "", connection.seed, connection.attempt, retention_ms)

    def _end_connection_of(self, client_id: str, error: str) -> list[dict[str, Any]]:
        ended = [number for number, each in self._living.items() if each.client_id == client_id]
        for number in ended:
            del self._living[number]
        return [{"connection": number, "error": error} for number in ended]


def _refuse_by(result: str) -> None:
    errors = {
        "full": "OVERLOADED",
        "conflict": "SESSION_CONFLICT",
        "stale": "STALE_ATTEMPT",
        "missing": "SESSION_NOT_FOUND",
    }
    if result in errors:
        raise Refusal(errors[result])


def _checksum(connection: Connection, count: int) -> bytes:
    return sequence.Checksum(sequence.Pcg32(int(connection.seed, 16)).items(0, count)).digest()


def _message(connection: Connection, response: OpenResponse) -> dict[str, Any]:
    return {"connection": connection.number, "message": to_json(response)}
