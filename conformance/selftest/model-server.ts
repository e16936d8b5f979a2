/**
 * A small server that keeps to the specification, and one wrong decision at a time for the suite to find.
 * It stands on the suite's peer and shares nothing with the reference server. Times are declared short: nothing in it is a
 * conformance run.
 */

import { randomBytes, randomInt } from 'node:crypto';
import { sequenceChecksum } from '../oracle/checksum.ts';
import { expectedResumeKey } from '../oracle/resume-key.ts';
import type { Behaviour } from '../peer/peer.ts';
import type { Play, Sequence } from '../peer/player.ts';
import { CORRECT, type Script } from '../peer/script.ts';
import { statefulSequence, statelessSequence } from '../peer/sequences.ts';
import type { Call, CallEnd } from '../peer/transport.ts';
import type { WireConfirm, WireDescription, WireOpen, WireOpened } from '../peer/wire.ts';
import type { MessageView } from '../trace.ts';
import { requestFault } from './model-requests.ts';
import type { ServerBug } from './server-bugs.ts';
import { wrongSequence } from './wrong-sequences.ts';

/** Declared by the model: short, so that a run takes seconds. */
export const MODEL_INTERVAL_MS = 200;
export const MODEL_RETENTION_MS = 3_000;
export const MODEL_DROP_DETECTION_MS = 2_000;

interface Session {
  readonly n: number;
  seed: bigint;
  readonly resumeKey: Uint8Array;
  attempt: number;
  readonly startedAtMs: number;
  live: Call | undefined;
  /** Index of the last item of the live stream. */
  sent: number;
  expiry: NodeJS.Timeout | undefined;
  /** The stream asked for confirm-final. */
  confirm: boolean;
  /** Computed once: the longest sequence takes a while. */
  numbers: { readonly seed: bigint; readonly sequence: Sequence } | undefined;
}

const NOT_FOUND = refusal('NOT_FOUND', 102, 'no session with this client id and resume key');
const TAKEN_OVER = refusal('ABORTED', 105, 'a newer attempt holds the session');
const EXTENSIONS: readonly string[] = ['confirm-final', 'prefix-checksum'];

function refusal(status: CallEnd['status'], code: number, detail: string): CallEnd {
  return { status, code, detail };
}

export class ModelServer implements Behaviour {
  private readonly bug: ServerBug | undefined;
  private readonly sessions = new Map<string, Session>();
  private readonly owners = new Map<Call, string>();

  constructor(bug?: ServerBug) {
    this.bug = bug;
  }

  admit(): 'serve' {
    return 'serve';
  }

  describe(): WireDescription {
    const lies = this.bug === 'describe-lies';
    return {
      specVersion: '1.0.0',
      protocolVersions: [1],
      profiles: ['stateless', 'stateful'],
      extensions: EXTENSIONS,
      intervalMs: lies ? MODEL_INTERVAL_MS / 2 : MODEL_INTERVAL_MS,
      retentionMs: MODEL_RETENTION_MS,
      dropDetectionMs: MODEL_DROP_DETECTION_MS,
      maxCount: 65_535,
      maxSessions: 0,
      maxRequestBytes: 4_096,
      implementation: `model server${this.bug === undefined ? '' : ` with ${this.bug}`}`,
    };
  }

  open(request: WireOpen, _ordinal: number, call: Call): Play | CallEnd {
    const fault = requestFault(request, this.bug);
    if (fault !== undefined) return fault;
    switch (request.kind) {
      case 'stateless-start':
        return this.stateless(request, this.firstValue(), 0);
      case 'stateless-resume': {
        const { a = 1, nextIndex = 0 } = request;
        if (nextIndex > 65_534) return this.beyond(`next_index: expected 0..65534, got ${nextIndex}`);
        return this.stateless(request, a, nextIndex);
      }
      case 'stateful-start':
        return this.start(request, call);
      case 'stateful-resume':
        return this.resume(request, call);
      case undefined:
        return refusal('INVALID_ARGUMENT', 100, 'request: expected one of four, got nothing');
    }
  }

  confirm(request: WireConfirm): CallEnd {
    const id = request.clientId.toLowerCase();
    const session = this.sessions.get(id);
    if (session === undefined || !this.keyFits(session, request.resumeKey)) return NOT_FOUND;
    if (request.attempt !== session.attempt) return this.stale(session);
    session.live?.end(NOT_FOUND);
    this.forget(id, session);
    return { status: 'OK' };
  }

  sent(call: Call, message: MessageView): void {
    const id = this.owners.get(call);
    const session = id === undefined ? undefined : this.sessions.get(id);
    if (id === undefined || session?.live !== call) return;
    if (message.kind === 'item') session.sent = message.index;
    if (message.kind === 'final' && !session.confirm && this.bug !== 'kept-after-final') this.forget(id, session);
  }

  /** Ends all timers. */
  close(): void {
    for (const session of this.sessions.values()) clearTimeout(session.expiry);
    this.sessions.clear();
  }

  private firstValue(): number {
    if (this.bug === 'a-is-zero') return 0;
    return this.bug === 'a-is-256' ? 256 : randomInt(1, 256);
  }

  private stateless(request: WireOpen, a: number, nextIndex: number): Play {
    const ratio = request.ratio ?? 2;
    const sequence = wrongSequence(statelessSequence(a, ratio), this.bug);
    return this.play(request, sequence, { profile: 'stateless', a, ratio, nextIndex });
  }

  private start(request: WireOpen, call: Call): Play | CallEnd {
    const { clientId = '', n = 0 } = request;
    const id = clientId.toLowerCase();
    const known = this.sessions.get(id);
    if (known !== undefined && known.n !== n) {
      if (this.bug !== 'other-n-accepted') {
        return refusal('ALREADY_EXISTS', 103, `n: expected ${known.n}, got ${n}`);
      }
      this.forget(id, known);
    }
    const session = this.sessions.get(id) ?? this.create(id, n);
    return this.attach(id, session, request, call, 0);
  }

  private resume(request: WireOpen, call: Call): Play | CallEnd {
    const { clientId = '', nextIndex = 0, resumeKey = '' } = request;
    const id = clientId.toLowerCase();
    let session = this.sessions.get(id);
    if (session === undefined && this.bug === 'resume-creates') session = this.create(id, nextIndex + 3);
    if (session === undefined || !this.keyFits(session, resumeKey)) return NOT_FOUND;
    if (nextIndex >= session.n) return this.beyond(`next_index: expected 0..${session.n - 1}, got ${nextIndex}`);
    const at = this.bug === 'resume-at-0' ? 0 : nextIndex;
    return this.attach(id, session, request, call, at);
  }

  private beyond(detail: string): CallEnd {
    return this.bug === 'wrong-code' ? refusal('INVALID_ARGUMENT', 100, detail) : refusal('OUT_OF_RANGE', 104, detail);
  }

  private attach(id: string, session: Session, request: WireOpen, call: Call, at: number): Play | CallEnd {
    const asked = request.attempt ?? 0;
    const unknown = asked === 0;
    if (unknown && session.attempt === 0xffff_ffff) return this.stale(session);
    const attempt = unknown ? session.attempt + 1 : asked;
    if (attempt <= session.attempt && this.bug !== 'attempt-ignored') return this.stale(session);
    if (session.live !== undefined && !session.live.ended) {
      if (this.bug === 'takeover-refused') return refusal('UNAVAILABLE', 200, 'the session is in use');
      if (this.bug !== 'both-streams-live') session.live.end(TAKEN_OVER);
      if (this.bug === 'stale-stream-finishes') this.finishLater(id, session);
    }
    if (this.bug === 'reseeds-on-resume' && session.attempt > 0) session.seed = newSeed();
    session.attempt = attempt;
    session.live = call;
    clearTimeout(session.expiry);
    if (this.bug === 'retention-from-start') this.expire(id, session, session.startedAtMs + MODEL_RETENTION_MS);
    this.owners.set(call, id);
    call.onGone(() => this.detach(id, session, call));
    return this.statefulPlay(session, request, at);
  }

  /** The superseded stream goes on unseen and discards the session when it would have sent FINAL. */
  private finishLater(id: string, session: Session): void {
    const left = session.n - 1 - session.sent;
    if (left <= 5) setTimeout(() => this.forget(id, session), left * MODEL_INTERVAL_MS);
  }

  private statefulPlay(session: Session, request: WireOpen, at: number): Play {
    const granted = EXTENSIONS.filter((extension) => request.extensions.includes(extension));
    session.confirm = granted.includes('confirm-final');
    const isResume = request.kind === 'stateful-resume';
    if (session.numbers?.seed !== session.seed) {
      session.numbers = { seed: session.seed, sequence: statefulSequence(session.seed, session.n) };
    }
    const sequence = wrongSequence(session.numbers.sequence, this.bug);
    const prefix =
      isResume && granted.includes('prefix-checksum')
        ? { count: at, sha256: sequenceChecksum(session.seed, at) }
        : undefined;
    return this.play(request, sequence, {
      profile: 'stateful',
      n: session.n,
      nextIndex: at,
      resumeKey: session.resumeKey,
      attempt: session.attempt,
      extensions: granted,
      prefix,
    });
  }

  private play(request: WireOpen, sequence: Sequence, fields: Partial<WireOpened> & Pick<WireOpened, 'profile'>): Play {
    const opened: WireOpened = {
      protocolVersion: 1,
      intervalMs: MODEL_INTERVAL_MS,
      nextIndex: 0,
      extensions: [],
      a: 0,
      ratio: 2,
      n: 0,
      retentionMs: MODEL_RETENTION_MS,
      resumeKey: new Uint8Array(),
      attempt: 1,
      ...fields,
    };
    return { sequence, opened, script: this.scriptFor(request), intervalMs: this.paceMs(), unknown: 'none' };
  }

  private paceMs(): number {
    if (this.bug === 'no-pace') return 10;
    return this.bug === 'pace-too-fast' ? 0.95 * MODEL_INTERVAL_MS : MODEL_INTERVAL_MS;
  }

  private scriptFor(request: WireOpen): Script {
    const isResume = request.kind?.endsWith('resume') === true;
    const [opened, ...rest] = CORRECT;
    if (!isResume || opened === undefined) return CORRECT;
    if (this.bug === 'resumes-one-late') return [opened, { do: 'skip', items: 1 }, ...rest];
    if (this.bug === 'resumes-one-early') return [opened, { do: 'skip', items: -1 }, ...rest];
    if (this.bug === 'bursts-after-resume') return [opened, { do: 'items', count: 3, paceMs: 0 }, ...rest];
    return CORRECT;
  }

  private create(id: string, n: number): Session {
    const seed = newSeed();
    const session: Session = {
      n,
      seed,
      resumeKey: expectedResumeKey(id, seed),
      attempt: 0,
      startedAtMs: performance.now(),
      live: undefined,
      sent: 0,
      expiry: undefined,
      confirm: false,
      numbers: undefined,
    };
    this.sessions.set(id, session);
    return session;
  }

  private detach(id: string, session: Session, call: Call): void {
    this.owners.delete(call);
    if (session.live !== call && this.bug !== 'stale-stream-detaches') return;
    if (session.live === call) session.live = undefined;
    if (this.sessions.get(id) !== session || this.bug === 'retention-never' || this.bug === 'retention-from-start')
      return;
    const factor = this.bug === 'retention-too-short' ? 0.6 : this.bug === 'retention-too-long' ? 2 : 1;
    this.expire(id, session, performance.now() + factor * MODEL_RETENTION_MS);
  }

  private expire(id: string, session: Session, atMs: number): void {
    clearTimeout(session.expiry);
    session.expiry = setTimeout(() => this.forget(id, session), atMs - performance.now());
  }

  private forget(id: string, session: Session): void {
    clearTimeout(session.expiry);
    if (this.sessions.get(id) === session) this.sessions.delete(id);
  }

  private keyFits(session: Session, resumeKey: string): boolean {
    const right = Buffer.from(session.resumeKey).toString('hex');
    return resumeKey === right || this.bug === 'resume-key-ignored' || this.bug === 'resume-creates';
  }

  private stale(session: Session): CallEnd {
    return refusal('FAILED_PRECONDITION', 106, `attempt: expected more than ${session.attempt}`);
  }
}

function newSeed(): bigint {
  return randomBytes(8).readBigUInt64BE();
}
