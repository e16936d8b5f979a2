/**
 * Journal records to and from lines of JSON. Reading is total: a line is a record within its limits or
 * a RangeError that names the field.
 */
import { parseClientId } from '../protocol/client-id.ts';
import { CHECKSUM_BYTES, MAX_A, MAX_COUNT, MAX_UINT32, MIN_A, RESUME_KEY_BYTES } from '../protocol/limits.ts';
import type { Ratio } from '../protocol/messages.ts';
import { EXIT_CODES, type OutcomeName } from './outcome.ts';
import { type JournalRecord, type Task, toHex } from './records.ts';

/** Stands in the first line of each file. */
const FORMAT = 'reseq-client-state/1';

/** With its line feed. */
export function encodeRecord(record: JournalRecord): string {
  return `${JSON.stringify(flatten(record))}\n`;
}

function flatten(record: JournalRecord): object {
  switch (record.kind) {
    case 'task':
      return { kind: 'task', format: FORMAT, ...record.task };
    case 'opened': {
      const { learnt } = record;
      return learnt.profile === 'stateful'
        ? { kind: 'opened', profile: learnt.profile, resumeKey: toHex(learnt.resumeKey) }
        : { kind: 'opened', ...learnt };
    }
    case 'ended':
      return { kind: 'ended', result: record.ended.result, ...record.ended.error };
    default:
      return record;
  }
}

/** @throws RangeError for a line that is no record */
export function decodeRecord(line: string): JournalRecord {
  const fields = new Fields(line);
  switch (fields.text('kind')) {
    case 'task':
      return { kind: 'task', task: decodeTask(fields) };
    case 'attempt':
      return { kind: 'attempt', attempt: fields.integer('attempt', 1, MAX_UINT32) };
    case 'opened':
      return { kind: 'opened', learnt: decodeLearnt(fields) };
    case 'item':
      return { kind: 'item', index: fields.index(), value: fields.optional('value', 0, MAX_UINT32) };
    case 'final':
      return {
        kind: 'final',
        index: fields.index(),
        value: fields.integer('value', 0, MAX_UINT32),
        checksum: fields.hex('checksum', CHECKSUM_BYTES),
        confirmAttempt: fields.optional('confirmAttempt', 1, MAX_UINT32),
      };
    case 'ended':
      return decodeEnded(fields);
    default:
      throw new RangeError('kind');
  }
}

function decodeTask(fields: Fields): Task {
  if (fields.text('format') !== FORMAT) throw new RangeError('format');
  const count = fields.integer('count', 1, MAX_COUNT);
  if (fields.text('profile') === 'stateless') {
    return { profile: 'stateless', count, ratio: fields.integer('ratio', 2, 3) as Ratio };
  }
  if (fields.text('profile') !== 'stateful') throw new RangeError('profile');
  const clientId = parseClientId(fields.text('clientId'));
  if (!clientId.ok) throw new RangeError('clientId');
  return { profile: 'stateful', count, clientId: clientId.value };
}

function decodeLearnt(fields: Fields): Extract<JournalRecord, { kind: 'opened' }>['learnt'] {
  if (fields.text('profile') === 'stateless') return { profile: 'stateless', a: fields.integer('a', MIN_A, MAX_A) };
  return { profile: 'stateful', resumeKey: Buffer.from(fields.hex('resumeKey', RESUME_KEY_BYTES), 'hex') };
}

function decodeEnded(fields: Fields): JournalRecord {
  const result = fields.text('result');
  if (!isOutcome(result)) throw new RangeError('result');
  const code = fields.optional('code', 0, MAX_UINT32);
  const error = code === undefined ? undefined : { code, detail: fields.text('detail') };
  return { kind: 'ended', ended: { result, error } };
}

function isOutcome(text: string): text is OutcomeName {
  return Object.hasOwn(EXIT_CODES, text);
}

/** The fields of one line; each accessor throws a RangeError with the field's name. */
class Fields {
  readonly #fields: Map<string, unknown>;

  constructor(line: string) {
    this.#fields = new Map(Object.entries(parseObject(line)));
  }

  text(name: string): string {
    const value = this.#fields.get(name);
    if (typeof value !== 'string') throw new RangeError(name);
    return value;
  }

  integer(name: string, min: number, max: number): number {
    const value = this.#fields.get(name);
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) throw new RangeError(name);
    return value;
  }

  optional(name: string, min: number, max: number): number | undefined {
    return this.#fields.has(name) ? this.integer(name, min, max) : undefined;
  }

  index(): number {
    return this.integer('index', 0, MAX_COUNT - 1);
  }

  hex(name: string, bytes: number): string {
    const text = this.text(name);
    if (text.length !== 2 * bytes || !/^[0-9a-f]+$/.test(text)) throw new RangeError(name);
    return text;
  }
}

function parseObject(line: string): object {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Falls through: no JSON is as wrong as JSON of another kind.
  }
  throw new RangeError('not a JSON object');
}
