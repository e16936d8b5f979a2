#!/usr/bin/env python3
"""Receives one sequence and prints one line of JSON, as spec/cli.md says."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from typing import Any, Callable

from reseq import arguments, sequence
from reseq.client import Result, Run


def _checked(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    def parse_argument(text: str) -> Any:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return parse_argument


def _count(text: str) -> int:
    return arguments.check_count(arguments.parse_decimal(text))


def parse_arguments(argv: list[str] | None = None) -> Run:
    """The run that is asked for; ends the program with 2 on wrong usage."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--server", required=True, metavar="HOST:PORT", type=_checked(arguments.parse_address))
    parser.add_argument("--profile", required=True, choices=arguments.PROFILES)
    parser.add_argument("--count", required=True, metavar="N", type=_checked(_count))
    parser.add_argument("--ratio", default=2, choices=arguments.RATIOS, type=_checked(arguments.parse_decimal))
    parser.add_argument("--client-id", metavar="UUID", type=_checked(sequence.parse_client_id))
    parser.add_argument("--no-confirm", dest="confirm", action="store_false")
    parser.add_argument("--prefix-checksum", action="store_true")
    options = vars(parser.parse_args(argv))
    try:
        return Run(options.pop("server"), arguments.make_receiver(**options))
    except ValueError as error:
        parser.error(str(error))


async def receive(run: Run) -> Result:
    """Runs until the sequence has an outcome, or a signal interrupts it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, run.stop)
    return await run.run()


def main() -> int:
    result = asyncio.run(receive(parse_arguments()))
    print(json.dumps(result.line, separators=(",", ":")), flush=True)
    return result.exit_code


if __name__ == "__main__":
    sys.exit(main())
