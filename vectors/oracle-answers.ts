/**
 * The right answer to every operation that a vector may ask for, from conformance/oracle and the models
 * beside this file, none of which shares code with protocol/ or the reference programs.
 */
import { retryAfterBounds, waitBounds } from '../conformance/oracle/backoff.ts';
import { checksumOf, sequenceChecksum, sha256 } from '../conformance/oracle/checksum.ts';
import { bigEndianBytes, exactSum, exactValue } from '../conformance/oracle/doubling.ts';
import { INITSEQ, itemsOf } from '../conformance/oracle/pcg32.ts';
import { expectedResumeKey } from '../conformance/oracle/resume-key.ts';
import { StoreModel } from '../conformance/oracle/store-model.ts';
import { hex32, hex64, hexOf, Input, type Json, type JsonObject } from './json.ts';
import { decodeMessage, encodeMessage, messageName } from './protobuf.ts';
import { checkConfirm, checkOpen, isClientId } from './request-model.ts';
import { ServerModel } from './server-model.ts';

/** Answers one operation. Throws when the input does not fit it. */
export type Answer = (input: Input) => JsonObject;

export const ORACLE: Readonly<Record<string, Answer>> = {
  'pcg32.items': (input) => {
    const initseq = input.has('initseq') ? input.hex64('initseq') : INITSEQ;
    const items = itemsOf(input.hex64('seed'), input.number('count'), input.number('from'), initseq);
    return { items: items.map(hex32) };
  },
  'checksum.sequence': (input) => ({ sha256: hexOf(sequenceChecksum(input.hex64('seed'), input.number('count'))) }),
  'checksum.values': (input) => ({
    sha256: hexOf(checksumOf(input.texts('values').map((text) => Number.parseInt(text, 16)))),
  }),
  'doubling.value': (input) => ({ integer: hexOf(valueBytes(input)) }),
  'doubling.value-digest': (input) => {
    const bytes = valueBytes(input);
    return { bytes: bytes.length, sha256: hexOf(sha256(bytes)) };
  },
  'doubling.sum': (input) => ({ sum: sumText(input) }),
  'doubling.sum-digest': (input) => {
    const digits = sumText(input);
    return { digits: digits.length, sha256: hexOf(sha256(digits)) };
  },
  'client-id.parse': (input) => {
    const text = input.text('text');
    return isClientId(text) ? { clientId: text.toLowerCase() } : { error: 'INVALID_REQUEST' };
  },
  'request.check': (input) => ({ ...(checkOpen(input.object('request')) ?? { ok: true }) }),
  'confirm.check': (input) => ({ ...(checkConfirm(input.object('request')) ?? { ok: true }) }),
  'resume-key': (input) => ({ resumeKey: hexOf(expectedResumeKey(input.text('clientId'), input.hex64('seed'))) }),
  'backoff.bounds': (input) => ({ ...waitBounds(input.number('k')) }),
  'backoff.retry-after-bounds': (input) => ({ ...retryAfterBounds(input.number('retryAfterMs')) }),
  'frame.encode': (input) => ({
    hex: hexOf(encodeMessage(messageName(input.text('message')), input.object('value'))),
  }),
  'frame.decode': (input) => ({
    value: decodeMessage(messageName(input.text('message')), Buffer.from(input.text('hex'), 'hex')),
  }),
  'record.layout': (input) => ({
    key: `reseq:1:{${input.text('clientId').toLowerCase()}}`,
    fields: { n: String(input.number('n')), seed: input.text('seed'), attempt: String(input.number('attempt')) },
  }),
  'store.run': (input) => {
    const store = new StoreModel(input.optionalNumber('room'));
    return { results: input.list('operations').map((operation) => runOperation(store, new Input(operation))) };
  },
  'exchange.run': (input) => {
    const server = new ServerModel(input.input('settings'));
    return { steps: input.list('steps').map((step) => server.perform(new Input(step)) as unknown as Json) };
  },
};

function valueBytes(input: Input): Uint8Array {
  return bigEndianBytes(exactValue(input.number('a'), input.number('ratio'), input.number('index')));
}

function sumText(input: Input): string {
  return exactSum(input.number('a'), input.number('ratio'), input.number('count')).toString();
}

function runOperation(store: StoreModel, operation: Input): Json {
  store.nowMs = operation.number('atMs');
  const clientId = operation.text('clientId');
  const kind = operation.text('do');
  switch (kind) {
    case 'start': {
      const n = operation.number('n');
      const answer = store.start(clientId, n, operation.hex64('seed'), attemptOf(operation), operation.number('ttlMs'));
      return 'seed' in answer ? { ...answer, seed: hex64(answer.seed) } : { ...answer };
    }
    case 'lookup': {
      const record = store.lookup(clientId);
      if (record === undefined) return { result: 'missing' };
      return { result: 'found', n: record.n, seed: hex64(record.seed), attempt: record.attempt };
    }
    case 'attach':
      return { ...store.attach(clientId, operation.hex64('seed'), attemptOf(operation), operation.number('ttlMs')) };
    case 'renew': {
      const ttlMs = operation.number('ttlMs');
      return { result: store.renew(clientId, operation.hex64('seed'), operation.number('attempt'), ttlMs) };
    }
    case 'finish':
      return { result: store.finish(clientId, operation.hex64('seed'), operation.number('attempt')) };
    default:
      throw new TypeError(`do: expected start, lookup, attach, renew or finish, got ${kind}`);
  }
}

function attemptOf(operation: Input): number | undefined {
  return operation.optionalNumber('attempt');
}
