"""Checks every file of golden vectors, or answers questions about them.

python -m reseq_vectors            one line for each file; 0 all right, 1 something wrong, 3 no vectors
python -m reseq_vectors --answer   answers JSON lines on stdin, as vectors/README.md describes
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Iterable, Iterator, TextIO

from .operations import answer

VECTORS = Path(__file__).resolve().parents[3] / "vectors"


def check_file(path: Path) -> tuple[int, list[str]]:
    """Number of vectors and what is wrong with the file, nothing when it is right."""
    content = json.loads(path.read_text(encoding="utf-8"))
    wrong: list[str] = []
    seen: set[str] = set()
    for vector in content["vectors"]:
        if vector["id"] in seen:
            wrong.append(f"{vector['id']}: expected a unique id")
        seen.add(vector["id"])
        if vector["source"] not in content["sources"]:
            wrong.append(f"{vector['id']}: expected one of the sources, got {vector['source']!r}")
        if "bug" in vector and vector["bug"] not in content.get("bugs", {}):
            wrong.append(f"{vector['id']}: expected one of the bugs, got {vector['bug']!r}")
        wrong += check_vector(vector)
    return len(content["vectors"]), wrong


def check_vector(vector: dict[str, Any]) -> Iterator[str]:
    """What is wrong with one vector; the output of a known mistake has to be a wrong one."""
    got = answer(vector["op"], vector["input"])
    if got is None:
        yield f"{vector['id']}: operation {vector['op']!r} is not known here"
    elif "bug" in vector and got == vector["output"]:
        yield f"{vector['id']}: marked as the mistake {vector['bug']!r}, but the output is right"
    elif "bug" not in vector and got != vector["output"]:
        yield f"{vector['id']}: expected {_short(vector['output'])}, got {_short(got)}"


def check_all(directory: Path) -> int:
    """Prints one line for each file and returns the exit code."""
    paths = [path for path in sorted(directory.rglob("*.json")) if path.name != "schema.json"]
    if not paths:
        print(f"expected vectors in {directory}, got none", file=sys.stderr)
        return 3
    failed = False
    for path in paths:
        count, wrong = check_file(path)
        failed = failed or bool(wrong)
        print(f"{path.relative_to(directory)} {count} " + (f"{len(wrong)} wrong" if wrong else "ok"))
        for line in wrong:
            print(f"  {line}")
    return 1 if failed else 0


def answer_questions(questions: Iterable[str], answers: TextIO) -> int:
    """Answers each line of JSON with one; a question that it cannot make sense of gets no output."""
    for line in questions:
        question = json.loads(line)
        reply: dict[str, Any] = {"id": question["id"]}
        try:
            output = answer(question["op"], question["input"])
        except Exception as error:  # one bad question does not end the others
            print(f"question {question['id']}: {error!r}", file=sys.stderr)
            output = {"failed": str(error)}
        reply |= {"unsupported": True} if output is None else {"output": output}
        print(json.dumps(reply), file=answers, flush=True)
    return 0


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 300 else f"{text[:300]}…"


def main() -> int:
    parser = argparse.ArgumentParser(prog="reseq_vectors", description=__doc__)
    parser.add_argument("--answer", action="store_true", help="answer questions on stdin")
    parser.add_argument("--vectors", type=Path, default=VECTORS, metavar="DIRECTORY")
    options = parser.parse_args()
    return answer_questions(sys.stdin, sys.stdout) if options.answer else check_all(options.vectors)


if __name__ == "__main__":
    sys.exit(main())
