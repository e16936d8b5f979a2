#!/usr/bin/env python3
"""Carries out many runs at the same time, told by lines of JSON, as spec/driver.md says."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import threading
from typing import Any, Callable

from reseq import arguments
from reseq.client import Run

ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
OPTIONS = {"clientId": "client_id", "ratio": "ratio", "confirm": "confirm", "prefixChecksum": "prefix_checksum"}
HELLO = {"version": 1, "implementation": "reseq-python 1.0.0", "profiles": arguments.PROFILES, "options": list(OPTIONS)}


def answer(kind: str, **fields: Any) -> None:
    print(json.dumps({"type": kind, **fields}, separators=(",", ":")), flush=True)


def check_id(name: Any) -> str:
    if not isinstance(name, str) or not ID.fullmatch(name):
        raise ValueError(f"id: expected 1 to 64 characters of A-Z a-z 0-9 . _ -, got {repr(name)[:200]}")
    return name


def make_run(request: dict[str, Any]) -> Run:
    """The run that a request asks for; raises ValueError."""
    options = {name: request[field] for field, name in OPTIONS.items() if field in request}
    if None in options.values():
        raise ValueError("expected a value for each option, got null")
    server, count = arguments.parse_address(request.get("server")), arguments.check_count(request.get("count"))
    return Run(server, arguments.make_receiver(request.get("profile"), count, **options))


class Driver:
    """The runs of one process by id; the run of an id that was used stays, also when it has ended."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self._tasks = tasks
        self._runs: dict[str, Run] = {}

    def handle(self, line: bytes) -> bool:
        """Handles one request; False for `bye`."""
        name = None
        try:
            request = json.loads(line.decode())
            if not isinstance(request, dict):
                raise ValueError("expected a JSON object, got another value")
            name = request.get("id")
            return self._do(request)
        except (ValueError, RecursionError) as error:
            answer("error", message=str(error), **({"id": name[:64]} if isinstance(name, str) else {}))
            return True

    def stop(self) -> None:
        for run in self._runs.values():
            run.stop()

    def _do(self, request: dict[str, Any]) -> bool:
        match request.get("type"):
            case "hello":
                answer("hello", **HELLO)
            case "run":
                self._begin(check_id(request.get("id")), make_run(request))
            case "cancel":
                if run := self._runs.get(check_id(request.get("id"))):
                    run.stop()
            case "bye":
                return False
            case other:
                raise ValueError(f"type: expected hello, run, cancel or bye, got {repr(other)[:200]}")
        return True

    def _begin(self, name: str, run: Run) -> None:
        if name in self._runs:
            raise ValueError("id: expected one that was not used before")
        self._runs[name] = run
        self._tasks.create_task(self._carry_out(name, run))

    async def _carry_out(self, name: str, run: Run) -> None:
        answer("result", id=name, result=(await run.run()).line)


def read_lines(put: Callable[[bytes | None], None]) -> None:
    """Puts each line of stdin without its end, and None at the end of the input."""
    rest = b""
    while chunk := os.read(0, 65536):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            put(line)
    put(None)


async def main() -> None:
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[bytes | None] = asyncio.Queue()

    def put(line: bytes | None) -> None:
        loop.call_soon_threadsafe(lines.put_nowait, line)

    threading.Thread(target=read_lines, args=(put,), daemon=True).start()
    async with asyncio.TaskGroup() as tasks:
        driver = Driver(tasks)
        while (line := await lines.get()) is not None and driver.handle(line):
            pass
        driver.stop()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
