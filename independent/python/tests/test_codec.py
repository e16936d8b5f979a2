"""The codec against vectors/frame.json, and bytes that are no message."""

import json
import unittest

from reseq import codec, messages
from reseq_vectors.__main__ import VECTORS
from reseq_vectors.json_form import from_json, to_json


def frames(op: str) -> list[dict]:
    vectors = json.loads((VECTORS / "frame.json").read_text(encoding="utf-8"))["vectors"]
    return [each for each in vectors if each["op"] == op and "bug" not in each]


class Frames(unittest.TestCase):
    def test_encodes(self) -> None:
        for vector in frames("frame.encode"):
            with self.subTest(vector["id"]):
                message = from_json(getattr(messages, vector["input"]["message"]), vector["input"]["value"])
                self.assertEqual(codec.encode(message).hex(), vector["output"]["hex"])

    def test_decodes(self) -> None:
        for vector in frames("frame.decode"):
            with self.subTest(vector["id"]):
                message = getattr(messages, vector["input"]["message"])
                decoded = codec.decode(message, bytes.fromhex(vector["input"]["hex"]))
                self.assertEqual(to_json(decoded), vector["output"]["value"])


class Malformed(unittest.TestCase):
    def test_raises(self) -> None:
        for name, encoded in {
            "cut tag": "80",
            "cut varint": "0a020880",
            "cut bytes": "0a05",
            "cut fixed32": "12021501",
            "varint of 11 bytes": "08ffffffffffffffffffff01",
            "field 0": "0001",
            "wire type 7": "0f",
            "group without end": "0b",
            "end without group": "0c",
        }.items():
            with self.subTest(name), self.assertRaises(codec.DecodeError):
                codec.decode(messages.OpenResponse, bytes.fromhex(encoded))

    def test_text_that_is_no_utf_8(self) -> None:
        with self.assertRaises(codec.DecodeError):
            codec.decode(messages.ConfirmRequest, bytes.fromhex("0a01ff"))


class Leniency(unittest.TestCase):
    def test_group_is_skipped(self) -> None:
        decoded = codec.decode(messages.Item, bytes.fromhex("7b08057c0803"))
        self.assertEqual(decoded, messages.Item(index=3))

    def test_known_field_of_another_wire_type_is_ignored(self) -> None:
        self.assertEqual(codec.decode(messages.Item, bytes.fromhex("0a0103")), messages.Item())

    def test_last_member_of_a_oneof_counts(self) -> None:
        decoded = codec.decode(messages.Item, bytes.fromhex("1507000000" "1a0117"))
        self.assertEqual((decoded.number, decoded.integer), (None, b"\x17"))

    def test_message_that_comes_twice_is_merged(self) -> None:
        decoded = codec.decode(messages.OpenResponse, bytes.fromhex("12020801" "12051509000000"))
        self.assertEqual(decoded.item, messages.Item(index=1, number=9))

    def test_large_varint_is_cut_to_32_bits(self) -> None:
        self.assertEqual(codec.decode(messages.Item, bytes.fromhex("088180808010")).index, 1)
