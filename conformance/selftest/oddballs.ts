/**
 * Right programs that are odd: they do what few do and the specification allows. A suite that fails or warns one of them would
 * send its author looking for a fault that is not there.
 */

import type { Play } from '../peer/player.ts';
import { bytesField, decodeFields, uintField } from '../peer/protobuf.ts';
import type { CallEnd, Oddity } from '../peer/transport.ts';
import type { WireDescription } from '../peer/wire.ts';

/** Where a right model server departs from the usual. */
export interface ServerOddball {
  readonly does: string;
  readonly oddity?: Oddity;
  readonly description?: Partial<WireDescription>;
  /** Fault of the proxy between suite and server, which a right server may have as its own manner. */
  readonly through?: string;
  /** A detached session lives so much longer than the retention. */
  readonly lateExpiryMs?: number;
  /** A superseded stream is told so late. */
  readonly lateTakeoverMs?: number;
  play?(play: Play): Play;
  end?(end: CallEnd): CallEnd;
  /** A SHOULD that it does not follow. */
  readonly warned?: readonly string[];
}

const UNKNOWN = Buffer.concat([uintField(1_900, 77), bytesField(1_901, 'from a later version')]);

/** The fields of a message and of the messages in it in reverse; those of one number keep their order. */
function reversed(message: Uint8Array): Buffer {
  const parts: { readonly number: number; readonly bytes: Buffer }[] = [];
  for (let at = 0; at < message.length; ) {
    const end = endOfField(message, at);
    const [field] = decodeFields(message.subarray(at, end)) ?? [];
    parts.push({ number: field?.number ?? 0, bytes: Buffer.from(message.subarray(at, end)) });
    at = end;
  }
  const numbers = [...new Set(parts.map(({ number }) => number))].reverse();
  return Buffer.concat(
    numbers.flatMap((number) => parts.filter((one) => one.number === number).map(({ bytes }) => bytes)),
  );
}

/** The shortest prefix from here that is one whole field. */
function endOfField(message: Uint8Array, from: number): number {
  for (let end = from + 2; end <= message.length; end++) {
    if (decodeFields(message.subarray(from, end))?.length === 1) return end;
  }
  throw new Error(`byte ${from}: expected a field`);
}

/** Of the one message that a response is: its fields in reverse. */
function withReversedBody(message: Uint8Array): Uint8Array {
  const [only, ...more] = decodeFields(message) ?? [];
  if (only === undefined || more.length > 0 || !(only.value instanceof Uint8Array)) return reversed(message);
  return bytesField(only.number, reversed(only.value));
}

export const SERVER_ODDBALLS: Readonly<Record<string, ServerOddball>> = {
  'one-byte-writes': { does: 'each byte comes by itself', through: 'down:slicer=1B' },
  'slow-handshake': {
    does: 'the first bytes of a connection come after 250 ms',
    through: 'up:latency=250ms,for=300ms',
  },
  'extra-metadata': {
    does: 'metadata of its own in headers and trailers',
    oddity: {
      metadata: {
        server: 'odd/1',
        'x-request-id': 'f'.repeat(200),
        'trace-bin': Buffer.alloc(90, 7).toString('base64'),
      },
    },
  },
  'unknown-fields': {
    does: 'unknown fields in every message',
    oddity: { rewrite: (message) => Buffer.concat([message, UNKNOWN]) },
  },
  'largest-messages': { does: 'messages of 16384 bytes', play: (play) => ({ ...play, unknown: 'largest' }) },
  'fields-in-reverse': { does: 'the fields of a message come in reverse order', oddity: { rewrite: withReversedBody } },
  'other-words': {
    does: 'detail texts in other words and letters',
    end: ({ detail = '', ...end }) => ({
      ...end,
      detail: `Anfrage zurückgewiesen → ${detail.replace(', got', ' but received')} %`,
    }),
  },
  'slow-by-a-hundredth': {
    does: 'a clock that is 1 % slow',
    play: (play) => ({ ...play, intervalMs: 1.01 * play.intervalMs }),
  },
  'fast-by-a-hundredth': {
    does: 'a clock that is 1 % fast',
    play: (play) => ({ ...play, intervalMs: 0.99 * play.intervalMs }),
  },
  'first-item-as-late-as-allowed': {
    does: 'the first item comes 0.4 intervals after OPENED',
    play: (play) => {
      const [opened, ...rest] = play.script;
      const script = opened === undefined ? [] : [opened, { do: 'wait', ms: 0.4 * play.intervalMs } as const, ...rest];
      return { ...play, script };
    },
  },
  'expires-as-late-as-allowed': { does: 'sessions live 0.8 s longer than the retention', lateExpiryMs: 800 },
  'takes-over-as-late-as-allowed': { does: 'a superseded stream goes on for 0.9 s', lateTakeoverMs: 900 },
  'no-extensions': {
    does: 'offers no extension',
    description: { extensions: [] },
    warned: ['confirm-final-is-offered'],
  },
  'stateful-alone': { does: 'offers the stateful profile alone', description: { profiles: ['stateful'] } },
  'stateless-alone': {
    does: 'offers the stateless profile alone',
    description: { profiles: ['stateless'], extensions: [] },
  },
};

/** Where a right model client departs from the usual. */
export interface ClientOddball {
  readonly does: string;
  /** Attempts begin here and rise by so much. */
  readonly attempts?: readonly [first: number, step: number];
  readonly mostFaults?: number;
  readonly confirm?: false;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Unknown fields behind each request. */
  readonly extra?: Uint8Array;
  /** Each byte of a request in a frame of its own. */
  readonly byteByByte?: true;
  /** Further fields of the result line, which comes without a line feed. */
  readonly result?: object;
}

export const CLIENT_ODDBALLS: Readonly<Record<string, ClientOddball>> = {
  'attempts-by-tens': { does: 'attempts begin at 7 and rise by 10', attempts: [7, 10] },
  'ten-faults': { does: 'gives a faulty server up at the tenth fault', mostFaults: 10 },
  'asks-for-nothing': { does: 'asks for no extension', confirm: false },
  'extra-metadata': { does: 'metadata of its own', metadata: { 'user-agent': 'odd/1', 'trace-bin': 'AAEC' } },
  'unknown-fields': { does: 'unknown fields in every request', extra: UNKNOWN },
  'byte-by-byte': { does: 'each byte of a request in a frame of its own', byteByByte: true },
  'more-to-tell': { does: 'more fields in the result line', result: { elapsedMs: 12, note: { by: 'odd' } } },
};
