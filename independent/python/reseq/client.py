"""A client over gRPC: connects, reconnects, confirms, and ends with one outcome.

    result = await Run("localhost:9000", StatelessReceiver(count=10)).run()
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import Any

import grpc
import grpc.aio

from . import backoff
from .codec import encode
from .errors import Code, Failure, failure_of_status
from .messages import ConfirmRequest
from .receiver import Fault, Mismatch, Receiver, StatefulReceiver

OPENED_WITHIN_S = 5.0
LEAST_SILENCE_S = 5.0
CONFIRM_WITHIN_S = 5.0
CONFIRM_TRY_S = 2.0
FAULTS_IN_A_ROW = 5
FAILED_ATTEMPTS = 10
LEAST_PATIENCE_S = 60.0

_CHANNEL_OPTIONS = [
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_retries", 0),
    ("grpc.enable_http_proxy", 0),
    ("grpc.keepalive_time_ms", 5000),
    ("grpc.keepalive_timeout_ms", 5000),
    ("grpc.http2.ping_timeout_ms", 5000),
    ("grpc.http2.max_pings_without_data", 0),
]

EXIT_CODES = {
    "complete": 0,
    "mismatch": 1,
    "incomplete": 3,
    "rejected": 4,
    "unreachable": 5,
    "interrupted": 130,
}


@dataclass(frozen=True)
class Result:
    """How a run has ended; `line` has the members of spec/cli.md."""

    outcome: str
    line: dict[str, Any]

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.outcome]


class _End(Exception):
    """Ends the run with an outcome other than complete."""

    def __init__(self, outcome: str, failure: Failure) -> None:
        super().__init__(outcome)
        self.outcome = outcome
        self.failure = failure


class Run:
    """One sequence from one server, address HOST:PORT. It can be run once."""

    def __init__(self, address: str, receiver: Receiver) -> None:
        self._address = address
        self._receiver = receiver
        self._attempts = 0
        self._retries = 0  # since the last new item
        self._faults = 0  # since the last new item
        self._progress_at = 0.0  # when the last new item came
        self._task: asyncio.Task[Any] | None = None
        self._stopped = False

    async def run(self) -> Result:
        """Runs until the sequence has an outcome; never raises because of the server."""
        task = self._task = asyncio.current_task()
        try:
            if not self._stopped:
                await self._receive_all()
                await self._confirm()
        except _End as end:
            return self._result(end.outcome, end.failure)
        except asyncio.CancelledError:
            if not self._stopped or task is None:
                raise
            task.uncancel()
        finally:
            self._task = None
        if self._receiver.complete:
            return self._result("complete")
        return self._result("interrupted", Failure("stopped by the user"))

    def stop(self) -> None:
        """Interrupts the run, which then ends by itself; no effect on one that has ended."""
        if not self._stopped:
            self._stopped = True
            if self._task is not None:
                self._task.cancel()

    def _result(self, outcome: str, failure: Failure | None = None) -> Result:
        receiver = self._receiver
        line: dict[str, Any] = {
            "result": outcome,
            "profile": receiver.profile,
            "count": receiver.count,
            "received": receiver.accepted,
            **receiver.report(),
            "reconnects": max(0, self._attempts - 1),
        }
        if failure is not None:
            error = {"code": failure.code, "name": failure.name, "message": failure.message}
            line["error"] = {member: value for member, value in error.items() if value is not None}
        return Result(outcome, line)

    # Connections

    async def _receive_all(self) -> None:
        self._progress_at = _now()
        while (failure := await self._connection()) is not None:
            dropped_at = _now()
            if failure.terminal:
                raise _End(self._outcome_of(failure), failure)
            self._give_up_if_hopeless(failure, dropped_at)
            await asyncio.sleep(dropped_at + self._wait_s(failure) - _now())
            self._retries += 1

    async def _connection(self) -> Failure | None:
        """Receives over one connection until it ends; None when the sequence is complete."""
        self._attempts += 1
        channel = _channel(self._address)
        try:
            async with asyncio.timeout(OPENED_WITHIN_S) as silence:
                return await self._stream(channel, silence)
        except TimeoutError:
            return Failure("no message came in time")
        except Fault as fault:
            return self._count_fault(fault)
        except Mismatch as mismatch:
            raise _mismatch(mismatch) from None
        finally:
            await channel.close()

    async def _stream(self, channel: grpc.aio.Channel, silence: asyncio.Timeout) -> Failure | None:
        receiver = self._receiver
        request = encode(receiver.begin(self._attempts))
        call = channel.unary_stream("/reseq.v1.SequenceService/Open")(request)
        try:
            async for message in call:
                self._take(message)
                if receiver.complete:
                    return None
                if receiver.opened is not None:
                    silence.reschedule(_now() + max(3 * receiver.interval_ms / 1000, LEAST_SILENCE_S))
        except grpc.aio.AioRpcError as error:
            return _failure_of_call(error, receiver.opened_once)
        finally:
            call.cancel()
        return failure_of_status("OK", "", {}, receiver.opened_once)

    def _take(self, message: bytes) -> None:
        accepted = self._receiver.accepted
        self._receiver.receive(message)
        if self._receiver.accepted > accepted:
            self._retries = self._faults = 0
            self._progress_at = _now()

    def _count_fault(self, fault: Fault) -> Failure:
        self._faults += 1
        if self._faults == FAULTS_IN_A_ROW:
            raise _mismatch(fault)
        return Failure(str(fault))

    # After a drop

    def _outcome_of(self, failure: Failure) -> str:
        lost = failure.code == Code.SESSION_NOT_FOUND and self._receiver.opened_once
        return "incomplete" if lost else "rejected"

    def _give_up_if_hopeless(self, failure: Failure, now: float) -> None:
        patience_s = max(LEAST_PATIENCE_S, 4 * self._receiver.interval_ms / 1000)
        never_opened = not self._receiver.opened_once and self._attempts >= FAILED_ATTEMPTS
        if never_opened or now - self._progress_at >= patience_s:
            raise _End("unreachable", failure)

    def _wait_s(self, failure: Failure) -> float:
        if failure.retry_after_ms > 0:
            shortest, longest = backoff.retry_after_bounds(failure.retry_after_ms)
        else:
            shortest, longest = backoff.bounds(self._retries)
        return random.uniform(shortest, longest) / 1000

    # Extension confirm-final

    async def _confirm(self) -> None:
        """Repeats CONFIRM until it is answered or the time is over; the outcome stays complete."""
        if not isinstance(self._receiver, StatefulReceiver):
            return
        request = self._receiver.confirm_request()
        if request is None:
            return
        try:
            async with asyncio.timeout(CONFIRM_WITHIN_S):
                retry = 0
                while not await self._try_confirm(request):
                    await asyncio.sleep(random.uniform(*backoff.bounds(retry)) / 1000)
                    retry += 1
        except TimeoutError:
            pass

    async def _try_confirm(self, request: ConfirmRequest) -> bool:
        """True when there is nothing to repeat: confirmed, or refused for good."""
        channel = _channel(self._address)
        try:
            confirm = channel.unary_unary("/reseq.v1.SequenceService/Confirm")
            await confirm(encode(request), timeout=CONFIRM_TRY_S)
        except grpc.aio.AioRpcError as error:
            return _failure_of_call(error, opened=True).terminal
        finally:
            await channel.close()
        return True


def _now() -> float:
    return asyncio.get_running_loop().time()


def _channel(address: str) -> grpc.aio.Channel:
    return grpc.aio.insecure_channel(f"dns:///{address}", options=_CHANNEL_OPTIONS)


def _failure_of_call(error: grpc.aio.AioRpcError, opened: bool) -> Failure:
    trailers: dict[str, str] = {}
    for name, value in error.trailing_metadata() or ():
        if isinstance(value, str):
            trailers.setdefault(name, value)
    return failure_of_status(error.code().name, error.details() or "", trailers, opened)


def _mismatch(reason: Exception) -> _End:
    return _End("mismatch", Failure(str(reason), Code.PROTOCOL_ERROR, terminal=True))
