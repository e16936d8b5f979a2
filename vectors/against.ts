/**
 * Another implementation judged by the vectors.
 */
import type { Responder } from './child.ts';
import { diagnosis, isRight } from './compare.ts';
import type { Vector, VectorFile } from './files.ts';
import { canonical, isObject, type JsonObject } from './json.ts';

/** One wrong answer. */
export interface Difference {
  readonly vector: Vector;
  readonly answer: JsonObject;
  /** The known mistake that gives this answer. */
  readonly diagnosis: string | undefined;
}

/** What one file said about an implementation. */
export interface FileVerdict {
  readonly name: string;
  readonly right: number;
  readonly unsupported: number;
  readonly differences: readonly Difference[];
}

/** Asks each right vector of the file. Rejects with ChildFault when the implementation cannot be judged. */
export async function judge(file: VectorFile, responder: Responder): Promise<FileVerdict> {
  let right = 0;
  let unsupported = 0;
  const differences: Difference[] = [];
  for (const vector of file.vectors) {
    if (vector.bug !== undefined) continue;
    const reply = await responder.ask(vector.op, vector.input);
    const output = reply['output'];
    if (reply['unsupported'] === true) unsupported++;
    else if (isObject(output) && isRight(vector, output)) right++;
    else differences.push(differenceOf(file, vector, reply));
  }
  return { name: file.name, right, unsupported, differences };
}

function differenceOf(file: VectorFile, vector: Vector, reply: JsonObject): Difference {
  const output = reply['output'];
  // Without an output the whole reply is shown, which may tell of an error.
  if (!isObject(output)) return { vector, answer: reply, diagnosis: undefined };
  return { vector, answer: output, diagnosis: diagnosis(file, vector, output) };
}

const EXCERPT = 400;

/** The lines that tell of a difference. */
export function describeDifference(file: string, { vector, answer, diagnosis: mistake }: Difference): string[] {
  return [
    `${file} ${vector.id} (${vector.requirements.join(', ')})`,
    `  ${vector.op} ${excerpt(vector.input)}`,
    `  expected ${excerpt(vector.output)}`,
    `  got      ${excerpt(answer)}`,
    ...(mistake === undefined ? [] : [`  this is what a program gives with the mistake: ${mistake}`]),
  ];
}

function excerpt(value: JsonObject): string {
  const text = canonical(value);
  return text.length <= EXCERPT ? text : `${text.slice(0, EXCERPT)}... (${text.length} characters)`;
}
