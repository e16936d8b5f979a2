"""The rules of a client without a network."""

import unittest

from reseq import sequence
from reseq.codec import encode
from reseq.messages import (
    Final,
    Item,
    Opened,
    OpenResponse,
    PrefixChecksum,
    StatefulOpened,
    StatelessOpened,
)
from reseq.receiver import Extensions, Fault, Mismatch, Receiver, StatefulReceiver, StatelessReceiver

CLIENT_ID = "6ba7b810-9dad-41d1-80b4-00c04fd430c8"
SEED = 42
KEY = sequence.resume_key(CLIENT_ID, SEED)
VALUES = list(sequence.Pcg32(SEED).items(0, 6))


def tell(receiver: Receiver, *messages: Opened | Item | Final) -> None:
    for message in messages:
        member = type(message).__name__.lower()
        receiver.receive(encode(OpenResponse(**{member: message})))


def session(
    next_index: int = 0, *, n: int = 3, key: bytes = KEY, granted: tuple[str, ...] = (), **told: object
) -> Opened:
    return Opened(1, 1000, next_index, list(granted), stateful=StatefulOpened(n, 30_000, key, 9, **told))


def item(index: int) -> Item:
    return Item(index, number=VALUES[index])


def final(n: int = 3) -> Final:
    return Final(n - 1, VALUES[n - 1], sequence.Checksum(VALUES[:n]).digest())


class Stateful(unittest.TestCase):
    def setUp(self) -> None:
        self.receiver = StatefulReceiver(3, CLIENT_ID)
        self.receiver.begin(1)

    def test_completes(self) -> None:
        tell(self.receiver, session(), item(0), item(1), final())
        self.assertTrue(self.receiver.complete)
        report = self.receiver.report()
        self.assertEqual(report["checksum"], report["expectedChecksum"])

    def test_starts_until_opened_then_resumes(self) -> None:
        self.assertEqual(self.receiver.begin(2).stateful_start.attempt, 2)
        tell(self.receiver, session(), item(0))
        resume = self.receiver.begin(3).stateful_resume
        self.assertEqual((resume.next_index, resume.resume_key, resume.attempt), (1, KEY, 3))

    def test_duplicate_has_no_effect(self) -> None:
        tell(self.receiver, session(), item(0), Item(0), item(1))
        self.assertEqual(self.receiver.accepted, 2)

    def test_duplicate_before_opened_has_no_effect(self) -> None:
        tell(self.receiver, session(), item(0))
        self.receiver.begin(2)
        tell(self.receiver, item(0), session(1))
        self.assertEqual(self.receiver.accepted, 1)

    def test_faults(self) -> None:
        for name, message in {
            "gap": item(1),
            "second opened": session(),
            "no value": Item(0),
            "value of the other profile": Item(0, integer=b"\1"),
            "final too early": Final(0, VALUES[0], bytes(32)),
        }.items():
            with self.subTest(name):
                self.setUp()
                tell(self.receiver, session())
                with self.assertRaises(Fault):
                    tell(self.receiver, message)
                self.assertEqual(self.receiver.accepted, 0)

    def test_faults_before_opened(self) -> None:
        for name, message in {"item": item(0), "key of 15 bytes": session(key=KEY[:15])}.items():
            with self.subTest(name), self.assertRaises(Fault):
                tell(self.receiver, message)

    def test_item_in_place_of_final_is_a_fault(self) -> None:
        tell(self.receiver, session(), item(0), item(1))
        with self.assertRaises(Fault):
            tell(self.receiver, item(2))

    def test_bytes_that_are_no_message_are_a_fault(self) -> None:
        for encoded in (b"", b"\xff", b"\x78\x01"):
            with self.subTest(encoded), self.assertRaises(Fault):
                self.receiver.receive(encoded)

    def test_opened_with_neither_profile_is_a_fault(self) -> None:
        with self.assertRaises(Fault):
            tell(self.receiver, Opened(1, 1000, 0))

    def test_contradicting_opened(self) -> None:
        for name, message in {
            "version": Opened(2, 1000, 0, stateful=StatefulOpened(3, 1, KEY, 1)),
            "next_index": session(1),
            "n": session(n=4),
            "profile": Opened(1, 1000, 0, stateless=StatelessOpened(1, 2)),
        }.items():
            with self.subTest(name), self.assertRaises(Mismatch):
                tell(self.receiver, message)

    def test_another_resume_key_is_a_mismatch(self) -> None:
        tell(self.receiver, session())
        self.receiver.begin(2)
        with self.assertRaises(Mismatch):
            tell(self.receiver, session(key=bytes(16)))

    def test_wrong_checksum_is_a_mismatch_and_is_reported(self) -> None:
        tell(self.receiver, session(), item(0), item(1))
        with self.assertRaises(Mismatch):
            tell(self.receiver, Final(2, VALUES[2], bytes(32)))
        self.assertEqual(self.receiver.report()["expectedChecksum"], "00" * 32)


class Confirm(unittest.TestCase):
    def confirm_of(self, asked: bool, granted: tuple[str, ...]) -> object:
        receiver = StatefulReceiver(1, CLIENT_ID, Extensions(confirm_final=asked))
        receiver.begin(1)
        tell(receiver, session(n=1, granted=granted), final(1))
        return receiver.confirm_request()

    def test_goes_out_with_the_attempt_of_opened(self) -> None:
        self.assertEqual(self.confirm_of(True, ("confirm-final",)).attempt, 9)

    def test_only_when_asked_for_and_granted(self) -> None:
        self.assertIsNone(self.confirm_of(True, ()))
        self.assertIsNone(self.confirm_of(False, ("confirm-final",)))


class Prefix(unittest.TestCase):
    def resume(self, count: int, digest: bytes, asked: bool = True) -> None:
        receiver = StatefulReceiver(3, CLIENT_ID, Extensions(prefix_checksum=asked))
        receiver.begin(1)
        tell(receiver, session(), item(0), item(1))
        receiver.begin(2)
        tell(receiver, session(2, prefix_checksum=PrefixChecksum(count, digest)))

    def test_right_one(self) -> None:
        self.resume(2, sequence.Checksum(VALUES[:2]).digest())

    def test_wrong_ones(self) -> None:
        right = sequence.Checksum(VALUES[:2]).digest()
        for count, digest in ((2, bytes(32)), (1, right), (2, right[:31]), (2, b"")):
            with self.subTest(count=count, digest=digest), self.assertRaises(Mismatch):
                self.resume(count, digest)

    def test_wrong_one_that_was_not_asked_for(self) -> None:
        self.resume(1, b"", asked=False)


class Stateless(unittest.TestCase):
    def setUp(self) -> None:
        self.receiver = StatelessReceiver(3)
        self.receiver.begin(1)

    def opened(self, next_index: int = 0, a: int = 23, ratio: int = 2) -> Opened:
        return Opened(1, 1000, next_index, stateless=StatelessOpened(a, ratio))

    def test_completes(self) -> None:
        tell(self.receiver, self.opened())
        tell(self.receiver, *(Item(index, integer=bytes([23 << index])) for index in range(3)))
        self.assertEqual(self.receiver.report(), {"a": 23, "ratio": 2, "sum": "161"})

    def test_resumes_with_a_and_ratio(self) -> None:
        tell(self.receiver, self.opened(), Item(0, integer=b"\x17"))
        resume = self.receiver.begin(2).stateless_resume
        self.assertEqual((resume.a, resume.next_index, resume.ratio), (23, 1, 2))

    def test_wrong_value_is_a_mismatch(self) -> None:
        tell(self.receiver, self.opened())
        with self.assertRaises(Mismatch):
            tell(self.receiver, Item(0, integer=b"\x18"))

    def test_faults(self) -> None:
        tell(self.receiver, self.opened())
        for message in (Item(0, integer=b""), Item(0, integer=b"\0\x17"), Item(0, number=23), Final(0)):
            with self.subTest(message), self.assertRaises(Fault):
                tell(self.receiver, message)

    def test_opened_with_neither_profile_is_a_fault(self) -> None:
        with self.assertRaises(Fault):
            tell(self.receiver, Opened(1, 1000, 0))

    def test_contradicting_opened(self) -> None:
        for opened in (self.opened(a=0), self.opened(a=256), self.opened(ratio=3), session()):
            with self.subTest(opened), self.assertRaises(Mismatch):
                tell(self.receiver, opened)
