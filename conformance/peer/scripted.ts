/** The behaviour of a peer as data: what each connection, each stream and each confirm gets, in order. Right in all that is not scripted. */

import { expectedResumeKey } from '../oracle/resume-key.ts';
import type { Play } from './player.ts';
import { CORRECT, type Script } from './script.ts';
import { statefulSequence, statelessSequence } from './sequences.ts';
import type { Admission, CallEnd } from './transport.ts';
import type { WireConfirm, WireDescription, WireOpen, WireOpened } from './wire.ts';

export interface PeerScript {
  /** The interval that OPENED declares and that items keep unless a step says otherwise. */
  readonly intervalMs: number;
  readonly retentionMs: number;
  /** Seed of every stateful session. */
  readonly seed: bigint;
  /** First value of every stateless sequence. */
  readonly a: number;
  /** Extensions that are granted when asked for. */
  readonly extensions: readonly string[];
  /** Per TCP connection, in order; further ones get `admitThereafter`. */
  readonly admissions: readonly Admission[];
  readonly admitThereafter: Admission;
  /** Per stream, in order; further ones get `thereafter`. */
  readonly streams: readonly Script[];
  readonly thereafter: Script;
  /** Per confirm, in order; further ones are granted. `hang`: no answer at all. */
  readonly confirms: readonly (CallEnd | 'hang')[];
  readonly confirmThereafter: CallEnd | 'hang';
  readonly unknown: Play['unknown'];
}

const OK: CallEnd = { status: 'OK' };

export const RIGHT: PeerScript = {
  intervalMs: 20,
  retentionMs: 30_000,
  seed: 42n,
  a: 23,
  extensions: ['confirm-final', 'prefix-checksum'],
  admissions: [],
  streams: [],
  thereafter: CORRECT,
  admitThereafter: 'serve',
  confirms: [],
  confirmThereafter: OK,
  unknown: 'none',
};

/** What a scripted peer knows of a client while it runs. */
export class Scripted {
  readonly script: PeerScript;
  /** n per client id, from its START. */
  private readonly counts = new Map<string, number>();

  constructor(script: PeerScript) {
    this.script = script;
  }

  admit(connection: number): Admission {
    return this.script.admissions[connection - 1] ?? this.script.admitThereafter;
  }

  open(request: WireOpen, ordinal: number): Play | CallEnd {
    const script = this.script.streams[ordinal - 1] ?? this.script.thereafter;
    const opened = this.openedFor(request, ordinal);
    if ('status' in opened) return opened;
    const { seed, intervalMs, unknown } = this.script;
    const sequence =
      opened.profile === 'stateful' ? statefulSequence(seed, opened.n) : statelessSequence(opened.a, opened.ratio);
    return { sequence, opened, script, intervalMs, unknown };
  }

  confirm(_request: WireConfirm, ordinal: number): CallEnd | 'hang' {
    return this.script.confirms[ordinal - 1] ?? this.script.confirmThereafter;
  }

  describe(): WireDescription {
    const { extensions, intervalMs, retentionMs } = this.script;
    return {
      specVersion: '1.0.0',
      protocolVersions: [1],
      profiles: ['stateless', 'stateful'],
      extensions,
      intervalMs,
      retentionMs,
      dropDetectionMs: 10_000,
      maxCount: 65_535,
      maxSessions: 0,
      maxRequestBytes: 4_096,
      implementation: 'reseq conformance peer',
    };
  }

  /** OPENED as the request deserves it, or the refusal of a request that no server may serve. */
  private openedFor(request: WireOpen, ordinal: number): WireOpened | CallEnd {
    if (request.protocolVersion !== 1) return refusal('UNIMPLEMENTED', 101, 'protocol_version: expected 1');
    switch (request.kind) {
      case 'stateless-start':
        return this.opened(request, { profile: 'stateless', a: this.script.a, ratio: request.ratio ?? 2 });
      case 'stateless-resume': {
        const { a = 0, ratio = 2, nextIndex = 0 } = request;
        if (a < 1 || a > 255) return refusal('INVALID_ARGUMENT', 100, 'a: expected 1..255');
        if (nextIndex > 65_534) return refusal('OUT_OF_RANGE', 104, 'next_index: expected 0..65534');
        return this.opened(request, { profile: 'stateless', a, ratio, nextIndex });
      }
      case 'stateful-start': {
        const { clientId = '', n = 0, attempt = ordinal } = request;
        if (n < 1 || n > 65_535) return refusal('INVALID_ARGUMENT', 100, 'n: expected 1..65535');
        this.counts.set(clientId.toLowerCase(), n);
        return this.opened(request, { ...this.stateful(clientId), n, attempt });
      }
      case 'stateful-resume':
        return this.resumed(request, ordinal);
      case undefined:
        return refusal('INVALID_ARGUMENT', 100, 'request: expected one of four');
    }
  }

  private resumed(request: WireOpen, ordinal: number): WireOpened | CallEnd {
    const { clientId = '', nextIndex = 0, attempt = ordinal } = request;
    const n = this.counts.get(clientId.toLowerCase());
    const sequence = this.stateful(clientId);
    if (n === undefined || request.resumeKey !== Buffer.from(sequence.resumeKey).toString('hex')) {
      return refusal('NOT_FOUND', 102, 'no session with this client id and resume key');
    }
    if (nextIndex >= n) return refusal('OUT_OF_RANGE', 104, `next_index: expected 0..${n - 1}, got ${nextIndex}`);
    const wanted = request.extensions.includes('prefix-checksum') && this.script.extensions.includes('prefix-checksum');
    const sha256 = statefulSequence(this.script.seed, n).checksum(nextIndex);
    const prefix = wanted ? { count: nextIndex, sha256 } : undefined;
    return this.opened(request, { ...sequence, n, attempt, nextIndex, prefix });
  }

  private stateful(clientId: string): Pick<WireOpened, 'profile' | 'resumeKey'> {
    return { profile: 'stateful', resumeKey: expectedResumeKey(clientId, this.script.seed) };
  }

  private opened(request: WireOpen, fields: Partial<WireOpened> & Pick<WireOpened, 'profile'>): WireOpened {
    const { intervalMs, retentionMs } = this.script;
    const granted = fields.profile === 'stateful' ? this.script.extensions : [];
    return {
      protocolVersion: 1,
      intervalMs,
      nextIndex: 0,
      extensions: request.extensions.filter((extension) => granted.includes(extension)),
      a: 0,
      ratio: 2,
      n: 0,
      retentionMs,
      resumeKey: new Uint8Array(),
      attempt: 1,
      ...fields,
    };
  }
}

function refusal(status: CallEnd['status'], code: number, detail: string): CallEnd {
  return { status, code, detail };
}
