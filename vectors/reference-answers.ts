/**
 * What the reference implementation in protocol/ answers. An operation that is not here, or an input that
 * protocol/ does not cover (another stream of the generator), is unsupported.
 */
import { backoffBoundsMs, retryAfterDelayMs } from '../protocol/backoff.ts';
import { decodeConfirm, decodeOpen } from '../protocol/bindings/grpc/codec.ts';
import { checksumOfSequence, RunningChecksum } from '../protocol/checksum.ts';
import { parseClientId } from '../protocol/client-id.ts';
import { encodeInteger, sumOf, valueAt } from '../protocol/doubling.ts';
import type { Result } from '../protocol/errors.ts';
import type { Ratio } from '../protocol/messages.ts';
import { pcg32At } from '../protocol/pcg32.ts';
import { resumeKeyOf } from '../protocol/resume-key.ts';
import { hex32, hexOf, type Input, type JsonObject } from './json.ts';
import { sha256Of } from './reference-digest.ts';
import { decodeFrame, encodeFrame, wireOf } from './reference-frames.ts';

/** The answer, or undefined when the input is not covered. */
export type ReferenceAnswer = (input: Input) => JsonObject | undefined;

export const REFERENCE: Readonly<Record<string, ReferenceAnswer>> = {
  'pcg32.items': (input) => {
    if (input.has('initseq')) return undefined;
    const generator = pcg32At(input.hex64('seed'), input.number('from'));
    return { items: Array.from({ length: input.number('count') }, () => hex32(generator.next())) };
  },
  'checksum.sequence': (input) => ({ sha256: hexOf(checksumOfSequence(input.hex64('seed'), input.number('count'))) }),
  'checksum.values': (input) => {
    const running = new RunningChecksum();
    for (const value of input.texts('values')) running.add(Number.parseInt(value, 16));
    return { sha256: hexOf(running.digest()) };
  },
  'doubling.value': (input) => ({ integer: hexOf(valueBytes(input)) }),
  'doubling.value-digest': (input) => {
    const bytes = valueBytes(input);
    return { bytes: bytes.length, sha256: sha256Of(bytes) };
  },
  'doubling.sum': (input) => ({ sum: sumText(input) }),
  'doubling.sum-digest': (input) => {
    const digits = sumText(input);
    return { digits: digits.length, sha256: sha256Of(Buffer.from(digits, 'ascii')) };
  },
  'client-id.parse': (input) => {
    const result = parseClientId(input.text('text'));
    return result.ok ? { clientId: result.value } : { error: result.error.registryName ?? null };
  },
  'request.check': (input) => refusalOf(decodeOpen(wireOf('OpenRequest', input.object('request')))),
  'confirm.check': (input) => refusalOf(decodeConfirm(wireOf('ConfirmRequest', input.object('request')))),
  'resume-key': (input) => {
    const id = parseClientId(input.text('clientId'));
    return id.ok ? { resumeKey: hexOf(resumeKeyOf(id.value, input.hex64('seed'))) } : undefined;
  },
  'backoff.bounds': (input) => {
    const { min, max } = backoffBoundsMs(input.number('k'));
    return { minMs: min, maxMs: max };
  },
  'backoff.retry-after-bounds': (input) => {
    const drawn = (draw: number): number =>
      retryAfterDelayMs(input.number('retryAfterMs'), { uniform: () => draw, bytes: (count) => new Uint8Array(count) });
    return { minMs: drawn(0), maxMs: drawn(1) };
  },
  'frame.encode': (input) => ({ hex: hexOf(encodeFrame(input.text('message'), input.object('value'))) }),
  'frame.decode': (input) => ({ value: decodeFrame(input.text('message'), Buffer.from(input.text('hex'), 'hex')) }),
};

function valueBytes(input: Input): Uint8Array {
  return encodeInteger(valueAt(input.number('a'), ratioOf(input), input.number('index')));
}

function sumText(input: Input): string {
  return sumOf(input.number('a'), ratioOf(input), input.number('count')).toString();
}

function ratioOf(input: Input): Ratio {
  return input.number('ratio') === 3 ? 3 : 2;
}

/** The field is the part of the text before the first colon, see RSQ-ERR-3. */
function refusalOf(result: Result<unknown>): JsonObject {
  if (result.ok) return { ok: true };
  return { error: result.error.registryName ?? null, field: result.error.detail.split(':')[0] ?? '' };
}
