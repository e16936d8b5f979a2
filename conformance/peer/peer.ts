/**
 * A Reseq server that does what a {@link Behaviour} says and logs all of it: the other end of every client under test.
 * Spec: bindings/grpc.md. It shares nothing with the reference server.
 */

import type { Recorder } from '../recorder.ts';
import type { MessageView, RequestView } from '../trace.ts';
import { type Play, Player, statusView } from './player.ts';
import { type Admission, type Call, type CallEnd, type Connection, listen, type Oddity } from './transport.ts';
import {
  decodeConfirm,
  decodeOpen,
  encodeDescription,
  type WireConfirm,
  type WireDescription,
  type WireOpen,
} from './wire.ts';

/** Decides what happens; ordinals count from 1. */
export interface Behaviour {
  /** What a TCP connection gets before it says anything. */
  admit(connection: number): Admission;
  /** What a stream gets: a script to play, or an instant end. */
  open(request: WireOpen, ordinal: number, call: Call): Play | CallEnd;
  /** How a confirm ends; OK answers it, `hang` leaves it open. */
  confirm(request: WireConfirm, ordinal: number): CallEnd | 'hang';
  describe(): WireDescription | CallEnd;
  /** What an OPEN gets that does not decode; an error of the transport library when absent. */
  malformed?(call: Call): Play | CallEnd;
  /** The client has sent a PING. */
  pinged?(connection: Connection): void;
  /** A message is about to be written. */
  sent?(call: Call, message: MessageView): void;
  /** A script has been played to its end or the client has left. */
  played?(call: Call): void;
}

export type PeerLog = Pick<Recorder, 'connect' | 'open' | 'message' | 'status' | 'cancel' | 'close' | 'note'>;

export interface Peer {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Items of one stream that a trace keeps; the rest follows from them. */
const LOGGED_ITEMS = 200;

/**
 * Starts a peer on a free port of 127.0.0.1.
 * @param keepaliveMs a connection whose ping is not answered within this time is closed; 0 = no pings
 */
export async function startPeer(
  behaviour: Behaviour,
  log: PeerLog = SILENT,
  keepaliveMs = 0,
  oddity: Oddity = {},
): Promise<Peer> {
  const numbers = new Map<Connection, number>();
  let opens = 0;
  let confirms = 0;
  const numberOf = (call: Call): number => numbers.get(call.connection) ?? 0;
  const handlers: Readonly<Record<string, (call: Call) => void>> = {
    Open: (call) => {
      const request = decodeOpen(call.request);
      log.open(numberOf(call), openView(request));
      const play =
        request === undefined ? (behaviour.malformed?.(call) ?? MALFORMED) : behaviour.open(request, ++opens, call);
      playStream(call, behaviour, play, log, numberOf(call));
    },
    Confirm: (call) => {
      const request = decodeConfirm(call.request);
      if (request === undefined) return endCall(call, log, numberOf(call), MALFORMED);
      log.open(numberOf(call), { kind: 'confirm', ...request });
      const end = behaviour.confirm(request, ++confirms);
      if (end === 'hang') return;
      if (end.status === 'OK') log.message(numberOf(call), { kind: 'confirmed' });
      answer(call, log, numberOf(call), end.status === 'OK' ? new Uint8Array() : end);
    },
    Describe: (call) => {
      log.open(numberOf(call), { kind: 'describe' });
      const description = behaviour.describe();
      answer(call, log, numberOf(call), 'status' in description ? description : encodeDescription(description));
    },
  };
  const transport = await listen(
    {
      admit: (ordinal) => behaviour.admit(ordinal),
      connected: (connection) => numbers.set(connection, log.connect()),
      disconnected: (connection) => log.close(numbers.get(connection) ?? 0),
      pinged: (connection) => behaviour.pinged?.(connection),
      called: (call) => {
        const method = call.method.startsWith(SERVICE) ? call.method.slice(SERVICE.length) : '';
        const handle = Object.hasOwn(handlers, method) ? handlers[method] : undefined;
        call.onExtra(() => log.note(EXTRA_NOTE, numberOf(call)));
        if (handle === undefined) call.end({ status: 'UNIMPLEMENTED', detail: `unknown method ${call.method}` });
        else handle(call);
      },
    },
    keepaliveMs,
    oddity,
  );
  return { host: '127.0.0.1', port: transport.port, close: () => transport.close() };
}

/** In a trace: the client sent more than its one request on a call. */
export const EXTRA_NOTE = 'the client sent something after its request';

const SERVICE = '/reseq.v1.SequenceService/';
const MALFORMED: CallEnd = { status: 'INTERNAL', detail: 'request: expected a protocol-buffers message' };
const SILENT: PeerLog = {
  connect: () => 0,
  open: () => undefined,
  message: () => undefined,
  status: () => undefined,
  cancel: () => undefined,
  close: () => undefined,
  note: () => undefined,
};

function endCall(call: Call, log: PeerLog, conn: number, end: CallEnd): void {
  log.status(conn, statusView(end));
  call.end(end);
}

function answer(call: Call, log: PeerLog, conn: number, result: Uint8Array | CallEnd): void {
  if (result instanceof Uint8Array) call.send(result);
  endCall(call, log, conn, result instanceof Uint8Array ? { status: 'OK' } : result);
}

function playStream(call: Call, behaviour: Behaviour, play: Play | CallEnd, log: PeerLog, conn: number): void {
  const items = new ItemLog(log, conn);
  call.onGone((byPeer) => {
    items.flush();
    if (!byPeer && !call.connection.dead) log.cancel(conn, 'cancel');
  });
  if ('status' in play) {
    endCall(call, log, conn, play);
    return;
  }
  const player = new Player(call, play, {
    message: (message) => {
      items.message(message);
      behaviour.sent?.(call, message);
    },
    status: (status) => {
      items.flush();
      log.status(conn, status);
    },
    dropped: (how) => {
      items.flush();
      log.cancel(conn, how);
    },
  });
  void player.run().then(() => behaviour.played?.(call));
}

/** Logs the messages of one stream; of a long row of items only the first ones, and a note about the rest. */
class ItemLog {
  readonly #log: PeerLog;
  readonly #conn: number;
  #items = 0;
  #row: { first: number; last: number } | undefined;

  constructor(log: PeerLog, conn: number) {
    this.#log = log;
    this.#conn = conn;
  }

  message(message: MessageView): void {
    if (message.kind === 'item' && ++this.#items > LOGGED_ITEMS) {
      if (this.#row !== undefined && message.index === this.#row.last + 1) {
        this.#row.last = message.index;
        return;
      }
      this.flush();
      this.#row = { first: message.index, last: message.index };
      return;
    }
    this.flush();
    this.#log.message(this.#conn, message);
  }

  flush(): void {
    if (this.#row !== undefined) this.#log.note(rowNote(this.#row.first, this.#row.last), this.#conn);
    this.#row = undefined;
  }
}

/** In a trace: right items in a row that are not listed one by one. */
function rowNote(first: number, last: number): string {
  return `items ${first}..${last}`;
}

/** Reads {@link rowNote}. */
export function parseRowNote(text: string): { readonly first: number; readonly last: number } | undefined {
  const [, first, last] = /^items (\d+)\.\.(\d+)$/.exec(text) ?? [];
  return first === undefined || last === undefined ? undefined : { first: Number(first), last: Number(last) };
}

function openView(request: WireOpen | undefined): RequestView {
  if (request === undefined) return { kind: 'malformed', detail: 'not a protocol-buffers message' };
  const { kind, protocolVersion, extensions, clientId = '', n = 0, a = 0, nextIndex = 0, resumeKey = '' } = request;
  const common = { protocolVersion, extensions };
  const ratio = request.ratio === undefined ? {} : { ratio: request.ratio };
  const attempt = request.attempt === undefined ? {} : { attempt: request.attempt };
  switch (kind) {
    case 'stateless-start':
      return { ...common, kind, ...ratio };
    case 'stateless-resume':
      return { ...common, kind, a, nextIndex, ...ratio };
    case 'stateful-start':
      return { ...common, kind, clientId, n, ...attempt };
    case 'stateful-resume':
      return { ...common, kind, clientId, nextIndex, resumeKey, ...attempt };
    case undefined:
      return { ...common, kind: 'none' };
  }
}
