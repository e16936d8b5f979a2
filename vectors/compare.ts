/**
 * Whether an answer is right, and if not, which known mistake gives it.
 */
import { checksumOf } from '../conformance/oracle/checksum.ts';
import { diagnoseChecksum, diagnoseItems } from '../conformance/oracle/mistakes.ts';
import { itemsOf } from '../conformance/oracle/pcg32.ts';
import type { Vector, VectorFile } from './files.ts';
import { canonical, Input, isObject, type JsonObject } from './json.ts';
import { decodeMessage, messageName } from './protobuf.ts';

/** Whether `answer` is a right answer to this vector. Members that the vector does not have are ignored. */
export function isRight(vector: Vector, answer: JsonObject): boolean {
  if (vector.op === 'frame.encode') return isSameMessage(vector, answer);
  const names = Object.keys(vector.output);
  return canonical(pick(answer, names)) === canonical(vector.output);
}

/** An encoder may write its fields in any lawful way: what counts is the message that comes out. */
function isSameMessage(vector: Vector, answer: JsonObject): boolean {
  const hex = answer['hex'];
  if (typeof hex !== 'string' || !/^(?:[0-9a-f]{2})*$/.test(hex)) return false;
  const input = new Input(vector.input);
  try {
    const decoded = decodeMessage(messageName(input.text('message')), Buffer.from(hex, 'hex'));
    return canonical(decoded) === canonical(input.object('value'));
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function pick(answer: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(answer).filter(([name]) => names.includes(name)));
}

/** The sentence of the mistake that explains a wrong answer, or undefined when none is known. */
export function diagnosis(file: VectorFile, vector: Vector, answer: JsonObject): string | undefined {
  return flaggedDiagnosis(file, vector, answer) ?? computedDiagnosis(vector, answer);
}

/** By the wrong vectors of the same file. */
function flaggedDiagnosis(file: VectorFile, vector: Vector, answer: JsonObject): string | undefined {
  const same = file.vectors.find(
    ({ op, bug, input, output }) =>
      bug !== undefined &&
      op === vector.op &&
      canonical(input) === canonical(vector.input) &&
      canonical(output) === canonical(pick(answer, Object.keys(output))),
  );
  return same?.bug === undefined ? undefined : file.bugs[same.bug];
}

/** By making the mistake: for seeds and lengths that no vector has. */
function computedDiagnosis(vector: Vector, answer: JsonObject): string | undefined {
  const input = new Input(vector.input);
  switch (vector.op) {
    case 'pcg32.items':
      return diagnoseWrongItems(input, answer)?.text;
    case 'checksum.sequence':
      return diagnoseWrongChecksum(itemsOf(input.hex64('seed'), input.number('count')), answer);
    case 'checksum.values':
      return diagnoseWrongChecksum(
        input.texts('values').map((value) => Number.parseInt(value, 16)),
        answer,
      );
    default:
      return undefined;
  }
}

function diagnoseWrongItems(input: Input, answer: JsonObject): ReturnType<typeof diagnoseItems> {
  const items = answer['items'];
  const isWhole = Array.isArray(items) && items.every((item) => typeof item === 'string');
  if (!isWhole || input.number('from') !== 0 || input.has('initseq')) return undefined;
  return diagnoseItems(
    input.hex64('seed'),
    items.map((item) => Number.parseInt(String(item), 16)),
  );
}

function diagnoseWrongChecksum(values: readonly number[], answer: JsonObject): string | undefined {
  const sha256 = answer['sha256'];
  if (typeof sha256 !== 'string') return undefined;
  const wrong = Buffer.from(sha256, 'hex');
  return wrong.equals(checksumOf(values)) ? undefined : diagnoseChecksum(values, wrong)?.text;
}

/** A line of a child as an object, or undefined when it is none. */
export function parseLine(line: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
