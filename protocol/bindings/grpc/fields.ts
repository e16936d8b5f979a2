/**
 * Reads untrusted wire objects field by field. The first fault wins and names field, expected and got.
 */
import { fail, ok, type ReseqError, type Result, show } from '../../errors.ts';
import { MAX_UINT32 } from '../../limits.ts';

/** Makes the error of a faulty field: a peer's request and a server's answer are refused with different codes. */
export type FieldError = (field: string, expected: string, got: unknown) => ReseqError;

/** Thrown inside `reading` only, never seen outside. */
class FieldFault extends Error {
  readonly error: ReseqError;

  constructor(error: ReseqError) {
    super(error.message);
    this.error = error;
  }
}

/** The fields of one wire object. Methods throw FieldFault, which `reading` turns into a value. */
export class Fields {
  readonly #fields: ReadonlyMap<string, unknown>;
  readonly #error: FieldError;

  constructor(wire: unknown, error: FieldError) {
    this.#fields = new Map(typeof wire === 'object' && wire !== null ? Object.entries(wire) : []);
    this.#error = error;
  }

  /** Stops reading with an error of this message's kind. */
  refuse(field: string, expected: string, got: unknown): never {
    throw new FieldFault(this.#error(field, expected, got));
  }

  has(name: string): boolean {
    const value = this.#fields.get(name);
    return value !== undefined && value !== null;
  }

  /** A message field, or undefined when it is absent. */
  message(name: string): Fields | undefined {
    return this.has(name) ? new Fields(this.#fields.get(name), this.#error) : undefined;
  }

  /** The one of `names` that is present; none and several are faults. */
  oneOf(field: string, names: readonly string[]): string {
    const present = names.filter((name) => this.has(name));
    const [only] = present;
    if (only === undefined || present.length > 1) {
      const got = present.length === 0 ? undefined : present.map(snakeCase).join(' and ');
      return this.refuse(field, `one of ${names.map(snakeCase).join(', ')}`, got);
    }
    return only;
  }

  /** An absent number is 0, as proto3 has it. */
  uint(name: string, min = 0, max = MAX_UINT32): number {
    const value = this.#fields.get(name) ?? 0;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      return this.refuse(snakeCase(name), `${min}..${max}`, value);
    }
    return value;
  }

  text(name: string): string {
    const value = this.#fields.get(name) ?? '';
    return typeof value === 'string' ? value : this.refuse(snakeCase(name), 'text', value);
  }

  /** Exactly `length` bytes, or any number of them when it is not given. */
  bytes(name: string, length?: number): Uint8Array {
    const value = this.#fields.get(name) ?? new Uint8Array();
    if (!(value instanceof Uint8Array) || (length !== undefined && value.length !== length)) {
      return this.refuse(snakeCase(name), length === undefined ? 'bytes' : `${length} bytes`, value);
    }
    return value;
  }

  texts(name: string): readonly string[] {
    return this.#list(name, 'a list of texts', (value) => typeof value === 'string');
  }

  uints(name: string): readonly number[] {
    return this.#list(name, 'a list of numbers', (value) => typeof value === 'number' && Number.isInteger(value));
  }

  /** A value that another module parsed: its error stops the reading as it is. */
  accept<T>(result: Result<T>): T {
    if (!result.ok) throw new FieldFault(result.error);
    return result.value;
  }

  #list<T extends string | number>(
    name: string,
    expected: string,
    isElement: (value: unknown) => boolean,
  ): readonly T[] {
    const value = this.#fields.get(name) ?? [];
    if (!Array.isArray(value) || !value.every(isElement)) return this.refuse(snakeCase(name), expected, value);
    return value;
  }
}

/** Runs a reader over a wire object; its first fault becomes the result. */
export function reading<T>(wire: unknown, error: FieldError, read: (fields: Fields) => T): Result<T> {
  try {
    return ok(read(new Fields(wire, error)));
  } catch (thrown) {
    if (thrown instanceof FieldFault) return fail(thrown.error);
    throw thrown;
  }
}

/** `field: expected ..., got ...` with any registry code. */
export function fieldDetail(field: string, expected: string, got: unknown): string {
  return `${field}: expected ${expected}, got ${show(got)}`;
}

/** Messages name fields as the .proto does. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
