/**
 * Executors of the transcript in bindings/grpc.md: its bytes are decoded with the real .proto and codec,
 * compared with what the text around them says, and encoded again.
 */
import { expect } from 'chai';
import {
  decodeConfirm,
  decodeOpen,
  decodeServerMessage,
  encodeConfirm,
  encodeOpen,
  encodeServerMessage,
} from '../../../protocol/bindings/grpc/codec.ts';
import { loadService } from '../../../protocol/bindings/grpc/service.ts';
import { toStatus } from '../../../protocol/bindings/grpc/status.ts';
import { checksumOfSequence } from '../../../protocol/checksum.ts';
import type { Result } from '../../../protocol/errors.ts';
import type { Confirm, Open, ServerMessage } from '../../../protocol/messages.ts';
import { pcg32At } from '../../../protocol/pcg32.ts';
import { resumeKeyOf } from '../../../protocol/resume-key.ts';
import type { Example } from '../examples.ts';
import { findExamples } from '../examples.ts';
import { readSpecification } from '../files.ts';
import type { Executor } from './executor.ts';

const CLIENT_ID = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
const SEED = 42n;
const N = 3;
const RESUME_KEY = resumeKeyOf(CLIENT_ID, SEED);
const ITEMS = [0, 1, 2].map((index) => pcg32At(SEED, index).next());
const EXTENSIONS = ['confirm-final'];

const { Open: OPEN, Confirm: CONFIRM } = loadService().definition;

/** The message of a frame: a zero byte, the length in 4 bytes, the protobuf bytes. */
function unframe({ text, where }: Example): Buffer {
  const frame = Buffer.from(text.replace(/\s+/g, ''), 'hex');
  expect(frame.toString('hex'), `${where}: hexadecimal digits`).to.equal(text.replace(/\s+/g, ''));
  expect(frame.readUInt8(0), `${where}: flags`).to.equal(0);
  expect(frame.readUInt32BE(1), `${where}: length`).to.equal(frame.length - 5);
  return frame.subarray(5);
}

function accepted<T>(result: Result<T>): T {
  if (!result.ok) throw result.error;
  return result.value;
}

/** Bytes are compared as hexadecimal digits: a Buffer and a Uint8Array of equal bytes are equal here. */
function comparable(message: unknown): unknown {
  return JSON.parse(
    JSON.stringify(message, (_, value: unknown) => {
      if (typeof value === 'bigint') return `${value}n`;
      if (isSerialisedBuffer(value)) return Buffer.from(value.data).toString('hex');
      return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
    }),
  );
}

function isSerialisedBuffer(value: unknown): value is { readonly data: number[] } {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value;
}

function request(open: Open): Executor {
  return (example) => {
    expect(example.attributes['message']).to.equal('OpenRequest');
    const bytes = unframe(example);
    expect(comparable(accepted(decodeOpen(OPEN.requestDeserialize(bytes))))).to.deep.equal(comparable(open));
    expect(OPEN.requestSerialize(encodeOpen(open)).toString('hex')).to.equal(bytes.toString('hex'));
  };
}

function response(message: ServerMessage): Executor {
  return (example) => {
    expect(example.attributes['message']).to.equal('OpenResponse');
    const bytes = unframe(example);
    expect(comparable(accepted(decodeServerMessage(OPEN.responseDeserialize(bytes))))).to.deep.equal(
      comparable(message),
    );
    expect(OPEN.responseSerialize(encodeServerMessage(message)).toString('hex')).to.equal(bytes.toString('hex'));
  };
}

function opened(nextIndex: number, attempt: number): ServerMessage {
  return {
    kind: 'opened',
    protocolVersion: 1,
    intervalMs: 1_000,
    nextIndex,
    extensions: EXTENSIONS,
    sequence: { profile: 'stateful', n: N, retentionMs: 30_000, resumeKey: RESUME_KEY, attempt },
  };
}

const item = (index: number, value: number | bigint): ServerMessage => ({ kind: 'item', index, value });

function confirmation(confirm: Confirm): Executor {
  return (example) => {
    expect(example.attributes['message']).to.equal('ConfirmRequest');
    const bytes = unframe(example);
    expect(comparable(accepted(decodeConfirm(CONFIRM.requestDeserialize(bytes))))).to.deep.equal(comparable(confirm));
    expect(CONFIRM.requestSerialize(encodeConfirm(confirm)).toString('hex')).to.equal(bytes.toString('hex'));
  };
}

/** The status that the server's own code gives to the refused request above it in the text. */
function refusalOfBadStart(): string[] {
  const bad = findExamples(readSpecification()).find(({ name }) => name === 'grpc-bad-start');
  if (!bad) throw new Error('expected an example grpc-bad-start, got none');
  const answer = decodeOpen(OPEN.requestDeserialize(unframe(bad)));
  if (answer.ok) throw new Error('expected a refusal of grpc-bad-start, got its acceptance');
  const { code, details, metadata } = toStatus(answer.error);
  return [`grpc-status: ${code}`, `grpc-message: ${details}`, `reseq-code: ${metadata.get('reseq-code').join()}`];
}

export const GRPC_EXECUTORS: Readonly<Record<string, Executor>> = {
  'grpc-start': request({
    extensions: EXTENSIONS,
    request: { kind: 'stateful-start', clientId: CLIENT_ID, n: N, attempt: 1 },
  }),
  'grpc-opened': response(opened(0, 1)),
  'grpc-item-0': response(item(0, ITEMS[0] ?? 0)),
  'grpc-resume': request({
    extensions: EXTENSIONS,
    request: { kind: 'stateful-resume', clientId: CLIENT_ID, nextIndex: 1, resumeKey: RESUME_KEY, attempt: 2 },
  }),
  'grpc-opened-2': response(opened(1, 2)),
  'grpc-item-1': response(item(1, ITEMS[1] ?? 0)),
  'grpc-final': response({ kind: 'final', index: 2, value: ITEMS[2] ?? 0, checksum: checksumOfSequence(SEED, N) }),
  'grpc-confirm': confirmation({ clientId: CLIENT_ID, resumeKey: RESUME_KEY, attempt: 2 }),
  'grpc-confirmed': (example) => {
    expect(example.attributes['message']).to.equal('ConfirmResponse');
    const bytes = unframe(example);
    expect(CONFIRM.responseDeserialize(bytes)).to.deep.equal({});
    expect(bytes).to.have.length(0);
  },
  'grpc-bad-start': (example) => {
    const answer = decodeOpen(OPEN.requestDeserialize(unframe(example)));
    expect(answer.ok).to.equal(false);
  },
  'grpc-refusal': ({ text }) => {
    expect(refusalOfBadStart()).to.deep.equal(text.split('\n'));
  },
  'grpc-stateless-start': request({ extensions: [], request: { kind: 'stateless-start', ratio: 2 } }),
  'grpc-stateless-opened': response({
    kind: 'opened',
    protocolVersion: 1,
    intervalMs: 1_000,
    nextIndex: 0,
    extensions: [],
    sequence: { profile: 'stateless', a: 23, ratio: 2 },
  }),
  'grpc-stateless-item-0': response(item(0, 23n)),
  'grpc-stateless-resume': (example) => {
    const bytes = unframe(example);
    expect(comparable(accepted(decodeOpen(OPEN.requestDeserialize(bytes))))).to.deep.equal({
      extensions: [],
      request: { kind: 'stateless-resume', a: 23, ratio: 2, nextIndex: 4 },
    });
  },
  'grpc-stateless-item-4': response(item(4, 23n * 2n ** 4n)),
};
