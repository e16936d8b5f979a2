/**
 * A small server that keeps to the specification, and one wrong decision at a time for the suite to find.
 * It stands on the suite's peer and shares nothing with the reference server. Times are declared short: nothing in it is a
 * conformance run.
 */

import { randomInt } from 'node:crypto';
import type { Behaviour } from '../peer/peer.ts';
import type { Play, Sequence } from '../peer/player.ts';
import { CORRECT } from '../peer/script.ts';
import { lazySequence, sequenceOf, statelessSequence } from '../peer/sequences.ts';
import type { Call, CallEnd, Connection } from '../peer/transport.ts';
import type { WireConfirm, WireDescription, WireOpen, WireOpened } from '../peer/wire.ts';
import type { MessageView } from '../trace.ts';
import type { ServerBug } from './bugs/server.ts';
import { bytesFault, requestFault } from './model-requests.ts';
import { newSession, type Session, seedAt } from './model-session.ts';
import type { ServerOddball } from './oddballs.ts';
import { wrongDescription, wrongEnd, wrongPlay } from './wrong-plays.ts';
import { wrongNumbers, wrongSequence } from './wrong-sequences.ts';

/** Declared by the model: short, so that a run takes seconds. */
export const MODEL_INTERVAL_MS = 200;
export const MODEL_RETENTION_MS = 3_000;
export const MODEL_DROP_DETECTION_MS = 2_000;

const NOT_FOUND = refusal('NOT_FOUND', 102, 'no session with this client id and resume key');
const TAKEN_OVER = refusal('ABORTED', 105, 'a newer attempt holds the session');
const UNAVAILABLE = refusal('UNAVAILABLE', 200, 'ended for no good reason');
const EXTENSIONS: readonly string[] = ['confirm-final', 'prefix-checksum'];

const USUAL: ServerOddball = { does: '' };
const LAST_ATTEMPT = 0xffff_ffff;
/** Between reading and writing, for the mistake of attaching in two steps. */
const TWO_STEPS_MS = 5;
const FIRST_VALUES: Readonly<Record<string, number>> = { 'a-is-zero': 0, 'a-is-256': 256, 'a-is-always-7': 7 };

function refusal(status: CallEnd['status'], code: number, detail: string): CallEnd {
  return { status, code, detail };
}

export class ModelServer implements Behaviour {
  private readonly bug: ServerBug | undefined;
  private readonly odd: ServerOddball;
  private readonly sessions = new Map<string, Session>();
  private readonly owners = new Map<Call, string>();
  /** What mistakes need to know: the newest stream of each connection, pings, values of a, whether confirm-final was ever granted. */
  private readonly running = new Map<Connection, Call>();
  private readonly pings = new Map<Connection, number>();
  private readonly drawn = new Set<number>();
  private confirmGranted = false;
  private seeds = 0;

  constructor(bug?: ServerBug, odd: ServerOddball = USUAL) {
    this.bug = bug;
    this.odd = odd;
  }

  admit(): 'serve' {
    return 'serve';
  }

  describe(): WireDescription {
    const right: WireDescription = {
      specVersion: '1.0.0',
      protocolVersions: [1],
      profiles: ['stateless', 'stateful'],
      extensions: this.offered('confirm-final-not-offered', 'confirm-final'),
      intervalMs: MODEL_INTERVAL_MS,
      retentionMs: MODEL_RETENTION_MS,
      dropDetectionMs: MODEL_DROP_DETECTION_MS,
      maxCount: 65_535,
      maxSessions: 0,
      maxRequestBytes: 4_096,
      implementation: 'model server',
    };
    return wrongDescription({ ...right, ...this.odd.description }, this.bug);
  }

  /** The extensions, but for the one that this bug leaves out. */
  private offered(bug: ServerBug, extension: string): readonly string[] {
    return (this.odd.description?.extensions ?? EXTENSIONS).filter((one) => one !== extension || this.bug !== bug);
  }

  open(request: WireOpen, _ordinal: number, call: Call): Play | CallEnd {
    this.takeNote(call);
    const unlisted = this.unlisted(request);
    const answer =
      unlisted ?? requestFault(request, this.bug) ?? bytesFault(call.request, this.bug) ?? this.answer(request, call);
    if (!('status' in answer)) return wrongPlay(this.odd.play?.(answer) ?? answer, request, this.bug);
    if (this.bug === 'one-refusal-ends-all') this.endAll();
    return wrongEnd(this.odd.end?.(answer) ?? answer, this.bug);
  }

  /** A profile that an odd server does not have. */
  private unlisted({ kind }: WireOpen): CallEnd | undefined {
    const profiles = this.odd.description?.profiles;
    if (kind === undefined || profiles === undefined || profiles.some((profile) => kind.startsWith(profile)))
      return undefined;
    return refusal('INVALID_ARGUMENT', 100, `request: expected ${profiles.join()}, got ${kind}`);
  }

  malformed(): Play | CallEnd {
    if (this.bug === 'garbage-ends-ok') return { status: 'OK' };
    if (this.bug === 'garbage-ends-all') this.endAll();
    if (this.bug !== 'garbage-is-served') return { status: 'INTERNAL', detail: 'request: expected a message' };
    return this.stateless({ protocolVersion: 1, extensions: [], kind: 'stateless-start' }, this.firstValue(), 0);
  }

  pinged(connection: Connection): void {
    const count = (this.pings.get(connection) ?? 0) + 1;
    this.pings.set(connection, count);
    if (this.bug === 'pings-are-abuse' && count > 1) connection.reset();
  }

  /** Streams that run, for the mistakes that end those of others. */
  private takeNote(call: Call): void {
    if (this.bug === 'one-stream-per-connection') this.running.get(call.connection)?.end(UNAVAILABLE);
    this.running.set(call.connection, call);
  }

  private endAll(): void {
    for (const call of this.running.values()) call.end(UNAVAILABLE);
  }

  private answer(request: WireOpen, call: Call): Play | CallEnd {
    switch (request.kind) {
      case 'stateless-start':
        return this.stateless(request, this.firstValue(), 0);
      case 'stateless-resume': {
        const { a = 1, nextIndex = 0 } = request;
        if (this.bug === 'stateless-remembers' && !this.drawn.has(a)) return NOT_FOUND;
        if (nextIndex > 65_534) return this.beyond(`next_index: expected 0..65534, got ${nextIndex}`);
        return this.stateless(request, a, nextIndex);
      }
      case 'stateful-start':
        return this.start(request, call);
      case 'stateful-resume':
        return this.resume(request, call);
      case undefined:
        // Without the mistake of serving it, an empty request has been refused by now.
        return this.stateless(request, this.firstValue(), 0);
    }
  }

  confirm(request: WireConfirm): CallEnd {
    const id = this.idOf(request);
    const session = this.sessions.get(id);
    const unchecked = this.bug === 'confirm-unchecked';
    if (session === undefined || !(unchecked || this.keyFits(session, request.resumeKey))) return NOT_FOUND;
    if (request.attempt !== session.attempt && !unchecked) return this.stale(session);
    if (this.bug === 'confirm-does-nothing') return { status: 'OK' };
    if (this.bug !== 'confirm-leaves-the-stream') session.live?.end(NOT_FOUND);
    this.forget(id, session);
    return { status: 'OK' };
  }

  sent(call: Call, message: MessageView): void {
    const id = this.owners.get(call);
    const session = id === undefined ? undefined : this.sessions.get(id);
    if (id === undefined || session?.live !== call) return;
    if (message.kind === 'item') session.sent = message.index;
    if (message.kind === 'item' && message.index === session.n - 2 && this.bug === 'discards-before-final') {
      this.forget(id, session);
    }
    if (message.kind === 'final' && this.isOver(session)) this.forget(id, session);
  }

  /** Ends all timers. */
  close(): void {
    for (const session of this.sessions.values()) clearTimeout(session.expiry);
    this.sessions.clear();
  }

  /** Whether a session that has come to its end is to be discarded. */
  private isOver(session: Session): boolean {
    if (this.bug === 'confirm-final-discards') return true;
    if (this.bug === 'leaks-between-clients') return !this.confirmGranted;
    return !session.confirm && this.bug !== 'kept-after-final';
  }

  private firstValue(): number {
    const a = FIRST_VALUES[this.bug ?? ''] ?? randomInt(1, 256);
    this.drawn.add(a);
    return a;
  }

  private stateless(request: WireOpen, a: number, nextIndex: number): Play {
    const asked = request.ratio ?? (this.bug === 'absent-ratio-is-3' ? 3 : 2);
    const ratio = this.bug === 'ratio-ignored' ? 2 : asked;
    const sequence = wrongSequence(statelessSequence(a, ratio), this.bug);
    return this.play(sequence, { profile: 'stateless', a, ratio, nextIndex });
  }

  private start(request: WireOpen, call: Call): Play | CallEnd {
    const { n = 0 } = request;
    const id = this.idOf(request);
    const known = this.sessions.get(id);
    if (known !== undefined && this.bug === 'start-replaces') this.forget(id, known);
    else if (known !== undefined && known.n !== n) {
      if (this.bug === 'stale-before-conflict' && (request.attempt ?? 0) <= known.attempt) return this.stale(known);
      if (this.bug !== 'other-n-accepted') {
        return refusal('ALREADY_EXISTS', 103, `n: expected ${known.n}, got ${n}`);
      }
      this.forget(id, known);
    }
    const session = this.sessions.get(id) ?? this.create(id, n);
    return this.attach(id, session, request, call, 0);
  }

  private resume(request: WireOpen, call: Call): Play | CallEnd {
    const { nextIndex = 0, resumeKey = '' } = request;
    const id = this.idOf(request);
    let session = this.sessions.get(id);
    if (session === undefined && this.bug === 'resume-creates') session = this.create(id, nextIndex + 3);
    if (session === undefined || !this.keyFits(session, resumeKey)) return this.strange(id, session);
    if (this.bug === 'stores-attempt-first' && nextIndex >= session.n)
      session.attempt = Math.max(session.attempt, request.attempt ?? 0);
    if (this.bug === 'rewind-refused' && nextIndex < session.sent)
      return this.beyond(`next_index: expected ${session.sent} or more, got ${nextIndex}`);
    if (this.bug === 'far-index-refused' && nextIndex > 32_767)
      return this.beyond(`next_index: expected 0..32767, got ${nextIndex}`);
    if (nextIndex >= session.n) return this.beyond(`next_index: expected 0..${session.n - 1}, got ${nextIndex}`);
    const at = this.bug === 'resume-at-0' ? 0 : nextIndex;
    return this.attach(id, session, request, call, at);
  }

  private beyond(detail: string): CallEnd {
    return refusal('OUT_OF_RANGE', 104, detail);
  }

  /** A RESUME of somebody who has no right to the session, if there is one. */
  private strange(id: string, session: Session | undefined): CallEnd {
    if (session !== undefined && session.live === undefined) {
      if (this.bug === 'stranger-restarts-retention') this.expire(id, session, performance.now() + MODEL_RETENTION_MS);
      if (this.bug === 'stranger-ends-the-session') this.forget(id, session);
    }
    return NOT_FOUND;
  }

  private idOf({ clientId = '' }: { readonly clientId?: string }): string {
    return this.bug === 'case-matters' ? clientId : clientId.toLowerCase();
  }

  private attach(id: string, session: Session, request: WireOpen, call: Call, at: number): Play | CallEnd {
    const asked = request.attempt ?? 0;
    const unknown = asked === 0;
    if (unknown && session.attempt === LAST_ATTEMPT && this.bug !== 'attempts-wrap') return this.stale(session);
    const attempt = unknown ? this.nextAttempt(session) : asked;
    if (attempt <= session.attempt && !this.forgives(unknown)) {
      if (this.bug === 'stale-ends-live') session.live?.end(TAKEN_OVER);
      return this.stale(session);
    }
    if (session.live !== undefined && !session.live.ended) {
      if (this.bug === 'takeover-refused') return refusal('UNAVAILABLE', 200, 'the session is in use');
      if (this.bug !== 'both-streams-live') this.supersede(session.live);
      if (this.bug === 'stale-stream-finishes') this.finishLater(id, session);
    }
    if (this.bug === 'reseeds-on-resume' && session.attempt > 0) session.seed = this.newSeed();
    session.attempt = attempt;
    session.live = call;
    if (this.bug !== 'retention-not-renewed' && this.bug !== 'retention-while-connected') clearTimeout(session.expiry);
    if (this.bug === 'retention-from-start') this.expire(id, session, session.startedAtMs + MODEL_RETENTION_MS);
    this.owners.set(call, id);
    call.onGone(() => this.detach(id, session, call));
    return this.statefulPlay(session, request, at);
  }

  private supersede(old: Call): void {
    const { lateTakeoverMs } = this.odd;
    if (lateTakeoverMs === undefined) old.end(TAKEN_OVER);
    else setTimeout(() => old.end(TAKEN_OVER), lateTakeoverMs);
  }

  /** What an absent attempt counts as. */
  private nextAttempt(session: Session): number {
    if (this.bug === 'absent-is-1' || (this.bug === 'attempts-wrap' && session.attempt === LAST_ATTEMPT)) return 1;
    if (this.bug !== 'attaches-in-two-steps') return session.attempt + 1;
    // What was read a moment ago.
    const read = session.attempt;
    session.readAttempt ??= read;
    setTimeout(() => {
      session.readAttempt = undefined;
    }, TWO_STEPS_MS);
    return session.readAttempt + 1;
  }

  private forgives(unknown: boolean): boolean {
    return (
      this.bug === 'attempt-ignored' ||
      (unknown && (this.bug === 'attempts-wrap' || this.bug === 'attaches-in-two-steps'))
    );
  }

  /** The superseded stream goes on unseen and discards the session when it would have sent FINAL. */
  private finishLater(id: string, session: Session): void {
    const left = session.n - 1 - session.sent;
    if (left <= 5) setTimeout(() => this.forget(id, session), left * MODEL_INTERVAL_MS);
  }

  private statefulPlay(session: Session, request: WireOpen, at: number): Play {
    const granted = this.granted(request);
    session.confirm = granted.includes('confirm-final') || (session.confirm && this.bug === 'confirm-sticks');
    this.confirmGranted ||= session.confirm;
    const isResume = request.kind === 'stateful-resume';
    if (session.numbers?.seed !== session.seed) {
      const { seed, n } = session;
      const wrong = wrongNumbers(seed, n, this.bug);
      session.numbers = { seed, sequence: wrong === undefined ? lazySequence(seed, n) : sequenceOf(wrong) };
    }
    const sequence = wrongSequence(session.numbers.sequence, this.bug);
    const prefix =
      isResume && granted.includes('prefix-checksum')
        ? { count: at, sha256: session.numbers.sequence.checksum(this.bug === 'prefix-one-more' ? at + 1 : at) }
        : undefined;
    return this.play(sequence, {
      profile: 'stateful',
      n: session.n,
      nextIndex: at,
      resumeKey: session.resumeKey,
      attempt: session.attempt,
      extensions: granted,
      prefix,
    });
  }

  private granted({ extensions }: WireOpen): readonly string[] {
    const less = this.offered('grants-less-than-listed', 'prefix-checksum');
    return this.offered('confirm-final-not-offered', 'confirm-final').filter(
      (one) => less.includes(one) && extensions.includes(one),
    );
  }

  private play(sequence: Sequence, fields: Partial<WireOpened> & Pick<WireOpened, 'profile'>): Play {
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
    return { sequence, opened, script: CORRECT, intervalMs: this.paceMs(), unknown: 'none' };
  }

  private paceMs(): number {
    if (this.bug === 'no-pace') return 10;
    if (this.bug === 'pace-too-slow') return 1.05 * MODEL_INTERVAL_MS;
    return this.bug === 'pace-too-fast' ? 0.95 * MODEL_INTERVAL_MS : MODEL_INTERVAL_MS;
  }

  private newSeed(): bigint {
    return seedAt(this.seeds++);
  }

  private create(id: string, n: number): Session {
    const session = newSession(id, n, this.newSeed(), this.bug);
    this.sessions.set(id, session);
    return session;
  }

  private detach(id: string, session: Session, call: Call): void {
    this.owners.delete(call);
    if (session.live !== call && this.bug !== 'stale-stream-detaches') return;
    if (session.live === call) session.live = undefined;
    if (this.bug === 'retention-not-renewed' && session.expiry !== undefined) return;
    if (this.sessions.get(id) !== session || this.bug === 'retention-never' || this.bug === 'retention-from-start')
      return;
    const factor = this.bug === 'retention-too-short' ? 0.6 : this.bug === 'retention-too-long' ? 2 : 1;
    const livesMs = factor * MODEL_RETENTION_MS + (this.odd.lateExpiryMs ?? 0);
    this.expire(id, session, performance.now() + livesMs);
  }

  private expire(id: string, session: Session, atMs: number): void {
    clearTimeout(session.expiry);
    // A timer that is set late in a long turn of the event loop rings early by as much.
    const ring = (): void => (performance.now() < atMs ? this.expire(id, session, atMs) : this.forget(id, session));
    session.expiry = setTimeout(ring, Math.max(1, atMs - performance.now()));
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
