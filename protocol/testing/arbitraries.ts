/**
 * fast-check arbitraries for protocol values, for every property test of the package.
 */
import fc from 'fast-check';
import { CHECKSUM_BYTES, MAX_COUNT, MAX_UINT32, RESUME_KEY_BYTES } from '../limits.ts';
import type {
  Confirm,
  Description,
  Final,
  Item,
  Open,
  Opened,
  Ratio,
  SequenceRequest,
  ServerMessage,
} from '../messages.ts';

const LAST_INDEX = MAX_COUNT - 1;

/** 0..2^64-1 */
export const seeds: fc.Arbitrary<bigint> = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
/** Lower-case UUID text, never nil. */
export const clientIds: fc.Arbitrary<string> = fc.uuid();
/** 0..65534 */
export const indexes: fc.Arbitrary<number> = fc.integer({ min: 0, max: LAST_INDEX });
/** 1..65535 */
export const counts: fc.Arbitrary<number> = fc.integer({ min: 1, max: MAX_COUNT });
/** 1..255 */
export const firstValues: fc.Arbitrary<number> = fc.integer({ min: 1, max: 255 });
export const ratios: fc.Arbitrary<Ratio> = fc.constantFrom(2, 3);
export const uint32s: fc.Arbitrary<number> = fc.integer({ min: 0, max: MAX_UINT32 });
/** 1..2^32-1 */
export const attempts: fc.Arbitrary<number> = fc.integer({ min: 1, max: MAX_UINT32 });

function bytesOf(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

export const resumeKeys = bytesOf(RESUME_KEY_BYTES);
export const checksums = bytesOf(CHECKSUM_BYTES);

const extensions = fc.array(fc.constantFrom('confirm-final', 'prefix-checksum', 'not-of-this-version'), {
  maxLength: 3,
});
const maybeAttempt = fc.option(attempts, { nil: undefined });

const requests: fc.Arbitrary<SequenceRequest> = fc.oneof(
  fc.record({ kind: fc.constant('stateless-start' as const), ratio: ratios }),
  fc.record({ kind: fc.constant('stateless-resume' as const), a: firstValues, ratio: ratios, nextIndex: indexes }),
  fc.record({ kind: fc.constant('stateful-start' as const), clientId: clientIds, n: counts, attempt: maybeAttempt }),
  fc.record({
    kind: fc.constant('stateful-resume' as const),
    clientId: clientIds,
    nextIndex: uint32s,
    resumeKey: resumeKeys,
    attempt: maybeAttempt,
  }),
);

/** Opening requests within their limits. */
export const opens: fc.Arbitrary<Open> = fc.record({ extensions, request: requests });

export const confirms: fc.Arbitrary<Confirm> = fc.record({
  clientId: clientIds,
  resumeKey: resumeKeys,
  attempt: attempts,
});

const prefixChecksums = fc.record({ count: indexes, sha256: checksums });

const openeds: fc.Arbitrary<Opened> = fc.record({
  kind: fc.constant('opened' as const),
  protocolVersion: fc.constant(1),
  intervalMs: uint32s,
  nextIndex: indexes,
  extensions,
  sequence: fc.oneof(
    fc.record({ profile: fc.constant('stateless' as const), a: firstValues, ratio: ratios }),
    fc.record({
      profile: fc.constant('stateful' as const),
      n: counts,
      retentionMs: uint32s,
      resumeKey: resumeKeys,
      attempt: attempts,
      prefixChecksum: fc.option(prefixChecksums, { nil: undefined }),
    }),
  ),
});

const items: fc.Arbitrary<Item> = fc.record({
  kind: fc.constant('item' as const),
  index: indexes,
  value: fc.oneof(uint32s, fc.bigInt({ min: 1n, max: 1n << 2000n })),
});

const finals: fc.Arbitrary<Final> = fc.record({
  kind: fc.constant('final' as const),
  index: indexes,
  value: uint32s,
  checksum: checksums,
});

/** Everything that a server may send. */
export const serverMessages: fc.Arbitrary<ServerMessage> = fc.oneof(openeds, items, finals);

export const descriptions: fc.Arbitrary<Description> = fc.record({
  specVersion: fc.constant('1.0.0'),
  protocolVersions: fc.constant([1]),
  profiles: fc.subarray(['stateless', 'stateful'], { minLength: 1 }),
  extensions,
  intervalMs: uint32s,
  retentionMs: uint32s,
  dropDetectionMs: uint32s,
  limits: fc.record({ maxCount: counts, maxSessions: uint32s, maxRequestBytes: uint32s }),
  implementation: fc.string(),
});
