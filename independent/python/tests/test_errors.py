"""Statuses, codes and waits."""

import unittest

from reseq import backoff
from reseq.errors import Code, failure_of_status


class Statuses(unittest.TestCase):
    def test_code_of_the_trailer_goes_first(self) -> None:
        failure = failure_of_status("UNAVAILABLE", "", {"reseq-code": "106"}, True)
        self.assertEqual((failure.code, failure.terminal, failure.name), (106, True, "STALE_ATTEMPT"))

    def test_unusable_trailer_does_not_count(self) -> None:
        for text in ("", "x", "-1", "12345678901", "1 ", "\u0661"):
            with self.subTest(text):
                self.assertEqual(failure_of_status("NOT_FOUND", "", {"reseq-code": text}, True).code, 102)

    def test_unknown_codes(self) -> None:
        for code, terminal in {"99": True, "199": True, "299": False, "300": True, "4294967295": True}.items():
            with self.subTest(code):
                failure = failure_of_status("UNKNOWN", "", {"reseq-code": code}, True)
                self.assertEqual((failure.terminal, failure.name), (terminal, None))

    def test_bare_statuses(self) -> None:
        for status, opened, code, terminal in (
            ("ABORTED", True, Code.SESSION_TAKEN_OVER, True),
            ("UNAUTHENTICATED", True, None, True),
            ("UNIMPLEMENTED", False, None, True),
            ("UNIMPLEMENTED", True, None, False),
            ("CANCELLED", True, None, False),
            ("UNKNOWN", False, None, False),
        ):
            with self.subTest(status, opened=opened):
                failure = failure_of_status(status, "", {}, opened)
                self.assertEqual((failure.code, failure.terminal), (code, terminal))

    def test_retry_after(self) -> None:
        for status, text, retry_after_ms in (
            ("UNAVAILABLE", "1500", 1500),
            ("UNAVAILABLE", "0", 0),
            ("UNAVAILABLE", "1.5", 0),
            ("NOT_FOUND", "1500", 0),
        ):
            with self.subTest(status, text=text):
                failure = failure_of_status(status, "", {"reseq-retry-after-ms": text}, True)
                self.assertEqual(failure.retry_after_ms, retry_after_ms)


class Waits(unittest.TestCase):
    def test_bounds_have_a_cap(self) -> None:
        self.assertEqual(backoff.bounds(0), (125, 250))
        self.assertEqual(backoff.bounds(10**9), (2500, 5000))
