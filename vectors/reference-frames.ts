/**
 * The reference gRPC binding's bytes, between the JSON form of messages and the objects of proto-loader.
 */
import { loadService } from '../protocol/bindings/grpc/service.ts';
import { hexOf, isObject, type Json, type JsonObject } from './json.ts';

interface Coder {
  readonly encode: (wire: object) => Uint8Array;
  readonly decode: (bytes: Buffer) => object;
}

const { Open, Confirm, Describe } = loadService().definition;

const CODERS: Readonly<Record<string, Coder>> = {
  OpenRequest: { encode: Open.requestSerialize, decode: Open.requestDeserialize },
  OpenResponse: { encode: Open.responseSerialize, decode: Open.responseDeserialize },
  ConfirmRequest: { encode: Confirm.requestSerialize, decode: Confirm.requestDeserialize },
  ConfirmResponse: { encode: () => Confirm.responseSerialize({}), decode: Confirm.responseDeserialize },
  DescribeRequest: { encode: () => Describe.requestSerialize({}), decode: Describe.requestDeserialize },
  DescribeResponse: { encode: Describe.responseSerialize, decode: Describe.responseDeserialize },
};

const BYTES = new Set(['resumeKey', 'sha256', 'integer', 'checksum']);
/** proto-loader tells the set member of a oneof under the oneof's name, and `_x` for an optional x. */
const ONEOFS = new Set(['request', 'message', 'profile', 'value']);

export function encodeFrame(message: string, value: JsonObject): Uint8Array {
  return coderOf(message).encode(wireOf(message, value));
}

export function decodeFrame(message: string, bytes: Buffer): JsonObject {
  return jsonOf(coderOf(message).decode(bytes));
}

/** The object that proto-loader would give for a message in its JSON form. */
export function wireOf(message: string, value: JsonObject): object {
  coderOf(message);
  return Object.fromEntries(
    Object.entries(value).map(([name, member]): [string, unknown] => {
      if (BYTES.has(name)) return [name, Buffer.from(String(member), 'hex')];
      return [name, isObject(member) ? wireOf(message, member) : member];
    }),
  );
}

function coderOf(message: string): Coder {
  const coder = CODERS[message];
  if (coder === undefined)
    throw new TypeError(`message: expected one of ${Object.keys(CODERS).join(', ')}, got ${message}`);
  return coder;
}

function jsonOf(wire: object): JsonObject {
  const entries = Object.entries(wire);
  const isMarker = (name: string): boolean => ONEOFS.has(name) || name.startsWith('_');
  const set = new Set(entries.filter(([name]) => isMarker(name)).map(([, member]) => member));
  return Object.fromEntries(
    entries
      .filter(([name]) => !isMarker(name))
      .map(([name, member]): [string, Json] => [name, jsonMember(member)])
      .filter(([name, member]) => set.has(name) || !isDefault(member)),
  );
}

function jsonMember(member: unknown): Json {
  if (member instanceof Uint8Array) return hexOf(member);
  if (Array.isArray(member)) return member.map(jsonMember);
  if (typeof member === 'object' && member !== null) return jsonOf(member);
  return typeof member === 'number' || typeof member === 'string' ? member : null;
}

function isDefault(member: Json): boolean {
  return member === null || member === 0 || member === '' || (Array.isArray(member) && member.length === 0);
}
