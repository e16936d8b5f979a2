"""The checker finds the vectors right, and finds wrong ones."""

import io
import json
import tempfile
import unittest
from contextlib import redirect_stdout
from pathlib import Path

from reseq_vectors.__main__ import VECTORS, answer_questions, check_all


class Checker(unittest.TestCase):
    def check(self, directory: Path) -> tuple[int, str]:
        printed = io.StringIO()
        with redirect_stdout(printed):
            return check_all(directory), printed.getvalue()

    def test_all_are_right(self) -> None:
        code, printed = self.check(VECTORS)
        self.assertEqual(code, 0, printed)
        self.assertIn("exchange/takeover.json", printed)

    def test_wrong_vector_is_found(self) -> None:
        content = json.loads((VECTORS / "backoff.json").read_text(encoding="utf-8"))
        content["vectors"][0]["output"]["minMs"] += 1
        with tempfile.TemporaryDirectory() as directory:
            Path(directory, "backoff.json").write_text(json.dumps(content), encoding="utf-8")
            code, printed = self.check(Path(directory))
        self.assertEqual(code, 1)
        self.assertIn("backoff.json 19 1 wrong", printed)


class Answers(unittest.TestCase):
    def test_answers_each_question(self) -> None:
        questions = [
            {"id": "1", "op": "backoff.bounds", "input": {"k": 0}},
            {"id": "2", "op": "of-tomorrow", "input": {}},
        ]
        answers = io.StringIO()
        answer_questions(map(json.dumps, questions), answers)
        self.assertEqual(
            [json.loads(line) for line in answers.getvalue().splitlines()],
            [{"id": "1", "output": {"minMs": 125, "maxMs": 250}}, {"id": "2", "unsupported": True}],
        )
