"""The programs as processes: usage, one line of output, dialogue of the driver."""

import asyncio
import json
import subprocess
import sys
import unittest
from pathlib import Path

from .server import ScriptedServer
from .test_client import CLIENT_ID, serve_session

HERE = Path(__file__).resolve().parents[1]
VALID = ["--server", "localhost:9", "--profile", "stateful", "--count", "3"]


class Client(unittest.IsolatedAsyncioTestCase):
    def test_wrong_usage(self) -> None:
        for flags in (
            ["--count", "0"],
            ["--count", "65536"],
            ["--count", "3.0"],
            ["--profile", "x"],
            ["--server", "localhost"],
            ["--client-id", "00000000-0000-0000-0000-000000000000"],
            ["--ratio", "3"],
        ):
            with self.subTest(flags):
                command = [sys.executable, HERE / "client.py", *VALID, *flags]
                ended = subprocess.run(command, capture_output=True, text=True)
                self.assertEqual((ended.returncode, ended.stdout), (2, ""))
                self.assertIn(flags[0].removeprefix("--"), ended.stderr)

    async def test_one_line(self) -> None:
        async with ScriptedServer(serve_session) as server:
            flags = [*VALID, "--server", server.address, "--client-id", CLIENT_ID.upper()]
            process = await asyncio.create_subprocess_exec(
                sys.executable, HERE / "client.py", *flags, stdout=asyncio.subprocess.PIPE
            )
            printed, _ = await process.communicate()
        self.assertEqual(process.returncode, 0)
        line = json.loads(printed)
        self.assertEqual((line["result"], line["clientId"], line["received"]), ("complete", CLIENT_ID, 3))


class Driver(unittest.IsolatedAsyncioTestCase):
    async def converse(self, *requests: object) -> tuple[int | None, list[dict]]:
        """Exit code and answers when these requests are all of the input."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, HERE / "driver.py", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        lines = "".join((each if isinstance(each, str) else json.dumps(each)) + "\n" for each in requests)
        printed, _ = await process.communicate(lines.encode())
        return process.returncode, [json.loads(line) for line in printed.splitlines()]

    def run_request(self, name: str, server: str = "localhost:9", **fields: object) -> dict:
        return {"type": "run", "id": name, "server": server, "profile": "stateful", "count": 3, **fields}

    async def test_errors_do_not_end_it(self) -> None:
        unusable = ["", "[]", {"type": "pause", "id": "p"}, self.run_request("a", count=0), self.run_request("a b")]
        unusable += [self.run_request("a", clientId=None), self.run_request("a", confirm=1), "\u00e4" * 70_000]
        code, answers = await self.converse(*unusable, {"type": "cancel", "id": "x"}, {"type": "hello", "version": 1})
        self.assertEqual([each["type"] for each in answers], ["error"] * len(unusable) + ["hello"])
        self.assertEqual(code, 0)

    async def test_cancel_and_repeated_id(self) -> None:
        code, answers = await self.converse(
            self.run_request("a"), self.run_request("a"), {"type": "cancel", "id": "a"}, {"type": "bye"}
        )
        self.assertEqual([each["type"] for each in answers], ["error", "result"])
        self.assertEqual((code, answers[1]["result"]["result"]), (0, "interrupted"))

    async def test_many_runs_at_the_same_time(self) -> None:
        async with ScriptedServer(serve_session) as server:
            process = await asyncio.create_subprocess_exec(
                sys.executable, HERE / "driver.py", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
            )
            for number in range(100):
                request = self.run_request(str(number), server.address)
                process.stdin.write(json.dumps(request).encode() + b"\n")
            answers = [json.loads(await process.stdout.readline()) for _ in range(100)]
            process.stdin.close()
            self.assertEqual(await asyncio.wait_for(process.wait(), 5), 0)
        self.assertEqual({each["id"] for each in answers}, {str(number) for number in range(100)})
        self.assertEqual({each["result"]["result"] for each in answers}, {"complete"})
