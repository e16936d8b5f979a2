/**
 * JSON as the vectors hold it, read without trust.
 */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same text for equal values: members in the order of their names. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}

/** Typed access to an input whose shape the schema does not pin. Throws TypeError with the name. */
export class Input {
  readonly #members: JsonObject;

  constructor(value: Json) {
    if (!isObject(value)) throw new TypeError(`input: expected an object, got ${JSON.stringify(value)}`);
    this.#members = value;
  }

  has(name: string): boolean {
    return this.#members[name] !== undefined;
  }

  number(name: string): number {
    const value = this.#members[name];
    return typeof value === 'number' ? value : this.#refuse(name, 'a number');
  }

  /** A number that may be left out. */
  optionalNumber(name: string): number | undefined {
    return this.has(name) ? this.number(name) : undefined;
  }

  text(name: string): string {
    const value = this.#members[name];
    return typeof value === 'string' ? value : this.#refuse(name, 'a text');
  }

  /** A 64-bit value as 16 hex digits. */
  hex64(name: string): bigint {
    const text = this.text(name);
    return /^[0-9a-f]{16}$/.test(text) ? BigInt(`0x${text}`) : this.#refuse(name, '16 hex digits');
  }

  list(name: string): readonly Json[] {
    const value = this.#members[name];
    return Array.isArray(value) ? value : this.#refuse(name, 'a list');
  }

  texts(name: string): string[] {
    return this.list(name).map((text) => (typeof text === 'string' ? text : this.#refuse(name, 'a list of texts')));
  }

  object(name: string): JsonObject {
    const value = this.#members[name];
    return isObject(value) ? value : this.#refuse(name, 'an object');
  }

  /** An object of its own, to be read in the same way. */
  input(name: string): Input {
    return new Input(this.object(name));
  }

  #refuse(name: string, expected: string): never {
    throw new TypeError(`${name}: expected ${expected}, got ${JSON.stringify(this.#members[name])}`);
  }
}

export function hex64(value: bigint): string {
  return value.toString(16).padStart(16, '0');
}

export function hex32(value: number): string {
  return value.toString(16).padStart(8, '0');
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
