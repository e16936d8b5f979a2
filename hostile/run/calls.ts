/**
 * Makes hostile calls over node:http2, many at one time, and names how each was answered.
 */
import http2 from 'node:http2';
import type { Answer, CallInput } from '../category.ts';

/** Calls of one connection: below what a server may take for an attack with resets. */
const CALLS_OF_A_CONNECTION = 400;
const ANSWER_MS = 10_000;

export interface Target {
  readonly host: string;
  readonly port: number;
}

/** A connection and its calls. */
class Lease {
  readonly session: http2.ClientHttp2Session;
  /** Calls that it may still get. */
  left = CALLS_OF_A_CONNECTION;
  #running = 0;

  constructor({ host, port }: Target) {
    // Ours to send: the server's limit is what is tried.
    this.session = http2.connect(`http://${host}:${port}`, { maxSendHeaderBlockLength: 1 << 20 });
    this.session.on('error', () => undefined);
  }

  get isOver(): boolean {
    return this.left === 0 || this.session.closed || this.session.destroyed;
  }

  begin(): void {
    this.left--;
    this.#running++;
  }

  /** Closed behind its last call, not before: a goodbye may cross calls that are on their way. */
  end(): void {
    this.#running--;
    if (this.left === 0 && this.#running === 0) this.session.close();
  }
}

/** One connection after the other, each for a limited number of calls. */
export class CallLane {
  readonly #target: Target;
  #lease: Lease | undefined;

  constructor(target: Target) {
    this.#target = target;
  }

  /** Sends the call. @returns how it was answered; never rejects */
  send(input: CallInput): Promise<Answer> {
    const lease = this.#current();
    const { session } = lease;
    lease.begin();
    return new Promise<Answer>((resolve) => {
      let stream: http2.ClientHttp2Stream;
      try {
        stream = session.request(headersOf(input), { endStream: false });
      } catch {
        resolve('closed');
        return;
      }
      watch(stream, session, resolve);
      if (input.ends === false) stream.write(input.body);
      else stream.end(input.body);
    }).finally(() => lease.end());
  }

  close(): void {
    this.#lease?.session.destroy();
  }

  #current(): Lease {
    const old = this.#lease;
    if (old !== undefined && !old.isOver) return old;
    this.#lease = new Lease(this.#target);
    return this.#lease;
  }
}

function headersOf({ path, headers }: CallInput): http2.OutgoingHttpHeaders {
  const all: http2.OutgoingHttpHeaders = {
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
  };
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value === undefined) delete all[name];
    else all[name] = typeof value === 'string' ? value : [...value];
  }
  return all;
}

function watch(
  stream: http2.ClientHttp2Stream,
  session: http2.ClientHttp2Session,
  resolve: (answer: Answer) => void,
): void {
  let answer: Answer | undefined;
  const timer = setTimeout(() => {
    answer ??= 'silent';
    stream.close(http2.constants.NGHTTP2_CANCEL);
  }, ANSWER_MS);
  stream.on('response', (headers) => {
    answer = statusOf(headers) ?? (headers[':status'] === 200 ? undefined : `http ${headers[':status']}`);
  });
  stream.on('trailers', (headers) => {
    answer ??= statusOf(headers);
  });
  stream.once('data', (chunk: Buffer) => {
    answer ??= chunk.length > 5 ? 'served' : undefined;
    if (answer === 'served') stream.close(http2.constants.NGHTTP2_CANCEL);
  });
  stream.on('error', () => undefined);
  stream.on('close', () => {
    clearTimeout(timer);
    resolve(answer ?? (session.destroyed || session.closed ? 'closed' : 'reset'));
  });
}

function statusOf(headers: http2.IncomingHttpHeaders): Answer | undefined {
  const status = headers['grpc-status'];
  if (status === undefined) return undefined;
  const code = headers['reseq-code'];
  if (typeof code === 'string') return code;
  return status === '0' ? 'ok' : `grpc ${String(status)}`;
}
