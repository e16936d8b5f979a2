"""The client over a real gRPC connection on the loopback."""

import asyncio
import unittest
import unittest.mock
from typing import AsyncIterator

import grpc
import grpc.aio

from reseq import sequence
from reseq.client import Run
from reseq.messages import Final, Item, Opened, OpenRequest, OpenResponse, StatefulOpened, StatelessOpened
from reseq.receiver import StatefulReceiver, StatelessReceiver

from .server import ScriptedServer, refuse

CLIENT_ID = "6ba7b810-9dad-41d1-80b4-00c04fd430c8"
KEY = sequence.resume_key(CLIENT_ID, 42)
VALUES = list(sequence.Pcg32(42).items(0, 3))
Context = grpc.aio.ServicerContext
Responses = AsyncIterator[OpenResponse]


async def serve_session(request: OpenRequest, _: Context) -> Responses:
    wanted = request.stateful_resume or request.stateful_start
    first = request.stateful_resume.next_index if request.stateful_resume else 0
    told = StatefulOpened(3, 30_000, KEY, wanted.attempt)
    yield OpenResponse(opened=Opened(1, 0, first, request.extensions, stateful=told))
    for index in range(first, 2):
        yield OpenResponse(item=Item(index, number=VALUES[index]))
    yield OpenResponse(final=Final(2, VALUES[2], sequence.Checksum(VALUES).digest()))


async def drop_behind_the_first_item(request: OpenRequest, context: Context) -> Responses:
    sent = 0
    async for response in serve_session(request, context):
        yield response
        sent += 1
        if sent == 2:
            return


async def say_not_found(request: OpenRequest, context: Context) -> Responses:
    await refuse(context, grpc.StatusCode.NOT_FOUND, 102)
    yield OpenResponse()


async def send_gaps(request: OpenRequest, _: Context) -> Responses:
    told = StatelessOpened(23, 2)
    yield OpenResponse(opened=Opened(1, 0, 0, stateless=told))
    yield OpenResponse(item=Item(1, integer=b"\x2e"))


async def send_nothing(request: OpenRequest, _: Context) -> Responses:
    await asyncio.sleep(60)
    yield OpenResponse()


class Sessions(unittest.IsolatedAsyncioTestCase):
    async def test_completes_and_confirms(self) -> None:
        async with ScriptedServer(serve_session) as server:
            result = await Run(server.address, StatefulReceiver(3, CLIENT_ID)).run()
            self.assertEqual((result.outcome, result.exit_code), ("complete", 0))
            self.assertEqual([(each.attempt, each.resume_key) for each in server.confirms], [(1, KEY)])

    async def test_resumes_behind_a_drop(self) -> None:
        async with ScriptedServer(drop_behind_the_first_item, serve_session) as server:
            result = await Run(server.address, StatefulReceiver(3, CLIENT_ID)).run()
            self.assertEqual((result.outcome, result.line["reconnects"]), ("complete", 1))
            self.assertEqual(server.requests[1].stateful_resume.next_index, 1)

    async def test_lost_session_is_incomplete(self) -> None:
        async with ScriptedServer(drop_behind_the_first_item, say_not_found) as server:
            result = await Run(server.address, StatefulReceiver(3, CLIENT_ID)).run()
            self.assertEqual((result.outcome, result.line["error"]["code"]), ("incomplete", 102))

    async def test_unknown_session_is_rejected(self) -> None:
        async with ScriptedServer(say_not_found) as server:
            result = await Run(server.address, StatefulReceiver(3, CLIENT_ID)).run()
            self.assertEqual((result.outcome, result.line["received"]), ("rejected", 0))

    async def test_faults_in_a_row_are_a_mismatch(self) -> None:
        with unittest.mock.patch("reseq.backoff.FIRST_MS", 1):
            async with ScriptedServer(send_gaps) as server:
                result = await Run(server.address, StatelessReceiver(3)).run()
                self.assertEqual((result.outcome, len(server.requests)), ("mismatch", 5))

    async def test_silence_is_a_drop(self) -> None:
        with unittest.mock.patch("reseq.client.OPENED_WITHIN_S", 0.1):
            async with ScriptedServer(send_nothing, serve_session) as server:
                result = await Run(server.address, StatefulReceiver(3, CLIENT_ID)).run()
                self.assertEqual((result.outcome, result.line["reconnects"]), ("complete", 1))

    async def test_gives_up_without_a_server(self) -> None:
        with unittest.mock.patch("reseq.backoff.FIRST_MS", 1):
            result = await Run("127.0.0.1:1", StatelessReceiver(3)).run()
        self.assertEqual((result.outcome, result.line["reconnects"]), ("unreachable", 9))

    async def test_stops(self) -> None:
        async with ScriptedServer(send_nothing) as server:
            run = Run(server.address, StatelessReceiver(3))
            asyncio.get_running_loop().call_later(0.1, run.stop)
            result = await asyncio.wait_for(run.run(), 5)
            self.assertEqual((result.outcome, result.exit_code), ("interrupted", 130))
