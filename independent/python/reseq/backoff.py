"""Waits between connections, spec/core.md section 9. All times in milliseconds."""

from __future__ import annotations

FIRST_MS = 250
LONGEST_MS = 5000
LONGEST_RETRY_AFTER_MS = 60_000


def bounds(retry: int) -> tuple[float, float]:
    """Shortest and longest wait before a retry, 0 for the first since the last new item."""
    longest = min(LONGEST_MS, FIRST_MS * 2 ** min(retry, 10))
    return longest / 2, longest


def retry_after_bounds(retry_after_ms: int) -> tuple[float, float]:
    """Shortest and longest wait after an error that carries retry_after_ms."""
    shortest = min(retry_after_ms, LONGEST_RETRY_AFTER_MS)
    return shortest, shortest * 1.25
