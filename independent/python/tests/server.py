"""A small server for tests: it answers each connection with what a script says."""

from __future__ import annotations

from typing import Any, AsyncIterator, Callable

import grpc
import grpc.aio

from reseq.codec import decode, encode
from reseq.messages import ConfirmRequest, OpenRequest, OpenResponse

Answer = Callable[[OpenRequest, "grpc.aio.ServicerContext"], AsyncIterator[OpenResponse]]


class ScriptedServer:
    """Use it as `async with`; `answers[k]` serves connection k and the last one all further ones."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = answers
        self._server = grpc.aio.server()
        self.requests: list[OpenRequest] = []
        self.confirms: list[ConfirmRequest] = []
        self.address = ""

    async def __aenter__(self) -> ScriptedServer:
        handlers = {
            "Open": grpc.unary_stream_rpc_method_handler(self._open),
            "Confirm": grpc.unary_unary_rpc_method_handler(self._confirm),
        }
        self._server.add_generic_rpc_handlers(
            [grpc.method_handlers_generic_handler("reseq.v1.SequenceService", handlers)]
        )
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        await self._server.start()
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self._server.stop(None)

    async def _open(self, request: bytes, context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        answer = self._answers[min(len(self.requests), len(self._answers) - 1)]
        self.requests.append(decode(OpenRequest, request))
        async for response in answer(self.requests[-1], context):
            yield encode(response)

    async def _confirm(self, request: bytes, context: grpc.aio.ServicerContext) -> bytes:
        self.confirms.append(decode(ConfirmRequest, request))
        return b""


async def refuse(context: grpc.aio.ServicerContext, status: grpc.StatusCode, code: int) -> None:
    await context.abort(status, "refused by the test", (("reseq-code", str(code)),))
