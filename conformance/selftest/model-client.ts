/**
 * A small client that keeps to the specification, and one wrong decision at a time for the suite to find.
 * It shares nothing with the reference client. Spec: core.md sections 5 to 10, cli.md.
 */

import type { MessageView, OpenedView, StatusView } from '../trace.ts';
import type { ClientBug } from './bugs/client.ts';
import { type ModelArguments, parseArguments } from './model-arguments.ts';
import { ModelLedger } from './model-ledger.ts';
import { ModelLink } from './model-link.ts';
import type { ClientOddball } from './oddballs.ts';

export interface ModelIo {
  out(text: string): void;
  err(text: string): void;
  /** Resolves when the program is asked to stop. */
  readonly interrupted: Promise<void>;
}

const EXIT: Readonly<Record<string, number>> = {
  complete: 0,
  mismatch: 1,
  incomplete: 3,
  unsupported: 77,
  rejected: 4,
  unreachable: 5,
  interrupted: 130,
};

interface Outcome {
  readonly result: string;
  readonly message: string;
  readonly code?: number | undefined;
}

/** How a connection ended. */
type Ending =
  | { readonly outcome: Outcome }
  | { readonly drop: { readonly fault: boolean; readonly retryAfterMs?: number | undefined } };

/** @param scale factor on all times of the specification @returns the exit code */
export async function runModelClient(
  argv: readonly string[],
  io: ModelIo,
  scale: number,
  bug?: ClientBug,
  odd: ClientOddball = USUAL,
): Promise<number> {
  const args = parseArguments(argv, bug);
  if (typeof args === 'string') {
    io.err(`${args}\n`);
    return bug === 'usage-exits-1' ? 1 : 2;
  }
  const client = new ModelClient({ ...args, confirm: args.confirm && odd.confirm !== false }, scale, bug, odd);
  const interrupted = io.interrupted.then((): Outcome => ({ result: 'interrupted', message: 'stopped' }));
  const outcome = await Promise.race([client.run(), interrupted]);
  client.stop();
  if (bug === 'chatty') io.out('done\n');
  io.out(`${JSON.stringify({ ...client.report(outcome), ...odd.result })}\n`);
  return bug === 'exits-0' ? 0 : (EXIT[outcome.result] ?? 1);
}

const BARE_TERMINAL: Readonly<Record<string, number | undefined>> = {
  INVALID_ARGUMENT: 100,
  NOT_FOUND: 102,
  ALREADY_EXISTS: 103,
  OUT_OF_RANGE: 104,
  ABORTED: 105,
  FAILED_PRECONDITION: 106,
  UNAUTHENTICATED: undefined,
  PERMISSION_DENIED: undefined,
};
const USUAL: ClientOddball = { does: '' };
const FAULT: Ending = { drop: { fault: true } };
const DROPPED: Ending = { drop: { fault: false } };
const MOST_FAULTS = 5;
const MOST_UNANSWERED = 10;
const CONFIRM_FOR_MS = 5_000;
/** For the mistake of staying connected when all has come. */
const STAY_MS = 1_300;
/** For the mistake of leaving a connection after the next one has answered. */
const LINGER_MS = 1_000;
/** For the mistake of making a connection beside one that is only slow. */
const MOST_AHEAD = 3;

class ModelClient {
  private readonly args: ModelArguments;
  private readonly scale: number;
  private readonly bug: ClientBug | undefined;
  private readonly odd: ClientOddball;
  private readonly ledger: ModelLedger;
  private attempt = 0;
  private stopped = false;
  private link: ModelLink | undefined;
  private opened: OpenedView | undefined;
  private heardAtMs = 0;

  constructor(args: ModelArguments, scale: number, bug: ClientBug | undefined, odd: ClientOddball) {
    this.odd = odd;
    this.args = args;
    this.scale = scale;
    this.bug = bug;
    this.ledger = new ModelLedger(args, bug);
  }

  async run(): Promise<Outcome> {
    let k = 0;
    let faults = 0;
    for (;;) {
      const before = this.ledger.accepted;
      const ending = await this.connect();
      if ('outcome' in ending) return ending.outcome;
      const isNew = this.ledger.accepted > before;
      if (isNew && this.bug !== 'back-off-never-reset') k = 0;
      if (this.bug === 'back-off-reset-by-opened' && this.opened !== undefined) k = 0;
      if (isNew) faults = 0;
      if (ending.drop.fault) faults += 1;
      if (faults >= (this.bug === 'gives-up-after-3-faults' ? 3 : (this.odd.mostFaults ?? MOST_FAULTS)))
        return { result: 'mismatch', message: `${faults} faults in a row` };
      const never = this.ledger.first === undefined;
      if (this.bug === 'gives-up-at-once' || (never && this.attempt >= MOST_UNANSWERED)) {
        return { result: 'unreachable', message: `no success in ${this.attempt} attempts` };
      }
      await this.pause(this.waitMs(k, ending.drop.retryAfterMs));
      if (this.bug === 'gives-up-after-the-retention' && this.isPastRetention()) {
        return { result: 'incomplete', message: 'the session must have expired' };
      }
      if (this.stopped) return { result: 'interrupted', message: 'stopped' };
      k += 1;
    }
  }

  private isPastRetention(): boolean {
    const sequence = this.ledger.first?.sequence;
    return sequence?.profile === 'stateful' && performance.now() > this.heardAtMs + sequence.retentionMs;
  }

  stop(): void {
    this.stopped = true;
    this.link?.close();
  }

  report({ result, message, code }: Outcome): object {
    const { args, ledger } = this;
    const { profile, count } = args;
    const sequence = ledger.first?.sequence;
    const reconnects = this.bug === 'counts-connections' ? this.attempt : Math.max(0, this.attempt - 1);
    const told = this.bug === 'count-as-text' ? String(count) : count;
    const common = { result, profile, count: told, received: ledger.accepted, reconnects };
    const error = result === 'complete' ? {} : { error: { ...(code === undefined ? {} : { code }), message } };
    const isComplete = result === 'complete';
    if (profile === 'stateless') {
      const known = sequence?.profile === 'stateless' ? { a: sequence.a, ratio: sequence.ratio } : {};
      return { ...common, ...known, ...(isComplete ? { sum: ledger.sum() } : {}), ...error };
    }
    const { clientId, expectedChecksum } = ledger;
    const sums = expectedChecksum === undefined ? {} : { checksum: ledger.checksum(), expectedChecksum };
    return { ...common, clientId, ...sums, ...error };
  }

  private waitMs(k: number, retryAfterMs: number | undefined): number {
    if (this.bug === 'busy-loop' || this.isDialingAhead()) return 0;
    const part = this.bug === 'no-jitter' ? 0.75 : 0.5 + Math.random() / 2;
    if (retryAfterMs === undefined || this.bug === 'ignores-retry-after') {
      return part * Math.min(5_000, 250 * 2 ** k) * this.scale;
    }
    return (1 + Math.random() / 4) * Math.min(retryAfterMs, 60_000 * this.scale);
  }

  private connect(): Promise<Ending> {
    this.attempt += 1;
    this.opened = undefined;
    const old = this.link;
    const link =
      this.bug === 'reuses-the-connection' && old?.isOpen ? old : new ModelLink(this.args.server, this.bug, this.odd);
    this.link = link;
    const request = this.ledger.request(this.attemptNumber());
    const resumed = request.kind.endsWith('resume');
    return new Promise((resolve) => {
      let watchdog: NodeJS.Timeout | undefined;
      let over = false;
      const finish = (ending: Ending | Promise<Ending>): void => {
        if (over) return;
        over = true;
        clearTimeout(watchdog);
        void Promise.resolve(ending).then((settled) => {
          if (!this.lingers() || 'outcome' in settled) link.close();
          resolve(settled);
        });
      };
      const watch = (): void => {
        clearTimeout(watchdog);
        if (this.bug !== 'no-watchdog') watchdog = setTimeout(() => finish(DROPPED), this.livenessMs());
      };
      watch();
      link.call('Open', request, {
        message: (message) => {
          if (over) return;
          if (this.bug === 'two-connections' || this.isDialingAhead()) setTimeout(() => old?.close(), LINGER_MS);
          watch();
          this.heardAtMs = performance.now();
          const ending = message.kind === 'opened' ? this.open(message, resumed) : this.take(message);
          if (ending !== undefined && !this.readsOn(message)) finish(ending);
        },
        ended: (status) => finish(this.endingOf(status)),
      });
    });
  }

  /** Whether a connection is left open when the next one is made. */
  private lingers(): boolean {
    return this.bug === 'two-connections' || this.isDialingAhead() || this.bug === 'reuses-the-connection';
  }

  /** Not for ever: a client that dials 30 times a second shows nothing more, and keeps a processor busy. */
  private isDialingAhead(): boolean {
    return this.bug === 'dials-ahead' && this.attempt <= MOST_AHEAD;
  }

  /** The mistake of waiting for the end of the stream after FINAL. */
  private readsOn({ kind }: MessageView): boolean {
    return kind === 'final' && this.ledger.isComplete && this.bug === 'reads-on-after-final';
  }

  private attemptNumber(): number {
    const [first, step] = this.odd.attempts ?? [1, 1];
    return this.bug === 'attempt-stays-1' ? 1 : first + step * (this.attempt - 1);
  }

  private open(opened: OpenedView, resumed: boolean): Ending | undefined {
    if (this.opened !== undefined) return FAULT;
    this.opened = opened;
    if (this.bug === 'unsupported-after-connecting' && this.args.ratio === 3) {
      return { outcome: { result: 'unsupported', message: 'ratio 3' } };
    }
    const wrong = this.ledger.contradiction(opened, resumed);
    this.ledger.first ??= opened;
    return wrong === undefined ? undefined : { outcome: mismatch(`OPENED contradicts: ${wrong}`) };
  }

  private take(message: MessageView): Ending | Promise<Ending> | undefined {
    if (this.opened === undefined || (message.kind !== 'item' && message.kind !== 'final')) {
      return this.bug === 'ignores-broken-order' ? undefined : FAULT;
    }
    switch (this.ledger.take(message)) {
      case 'fault':
        return FAULT;
      case 'mismatch':
        return { outcome: mismatch(`item ${message.index} has a wrong value`) };
      case 'complete':
        return this.complete().then((outcome) => ({ outcome }));
      default:
        return undefined;
    }
  }

  private livenessMs(): number {
    if (this.bug === 'impatient') return 1_000 * this.scale;
    if (this.isDialingAhead()) return 35;
    return Math.max(3 * (this.opened?.intervalMs ?? 0), 5_000 * this.scale);
  }

  private endingOf(status: StatusView | undefined): Ending | Promise<Ending> {
    if (status === undefined) return DROPPED;
    if (this.ledger.isComplete && status.grpc === 'OK') return this.complete().then((outcome) => ({ outcome }));
    if (status.grpc === 'OK' && this.bug === 'takes-ok-for-complete') {
      return { outcome: { result: 'complete', message: '' } };
    }
    const code = (this.bug === 'classifies-by-status' ? undefined : status.code) ?? BARE_TERMINAL[status.grpc];
    if (!this.isTerminal(status, code) || this.bug === 'ignores-terminal-errors') {
      return { drop: { fault: false, retryAfterMs: status.retryAfterMs } };
    }
    const lost = code === 102 && this.ledger.first !== undefined;
    return { outcome: { result: lost ? 'incomplete' : 'rejected', message: status.detail || status.grpc, code } };
  }

  private isTerminal(status: StatusView, code: number | undefined): boolean {
    if (code !== undefined) return code < 200 || code > 299;
    if (status.grpc === 'UNIMPLEMENTED') return this.ledger.first === undefined;
    return status.grpc in BARE_TERMINAL;
  }

  private async complete(): Promise<Outcome> {
    const { ledger, opened } = this;
    const done: Outcome = { result: 'complete', message: '' };
    if (this.bug === 'stays-connected' && this.args.profile === 'stateless') await this.pause(STAY_MS);
    if (this.args.profile === 'stateless') return done;
    const right = ledger.checksum() === ledger.expectedChecksum || this.bug === 'trusts-the-checksum';
    const granted = opened?.extensions.includes('confirm-final') === true;
    const wanted = this.bug === 'confirms-always' || (right && granted && this.bug !== 'forgets-to-confirm');
    const confirmed = !wanted || (await this.confirm());
    if (!confirmed && this.bug === 'confirm-decides') return { result: 'rejected', message: 'not confirmed' };
    return right ? done : mismatch('the checksum differs');
  }

  /** @returns whether it was answered with OK */
  private async confirm(): Promise<boolean> {
    const sequence = this.opened?.sequence;
    if (sequence?.profile !== 'stateful') return false;
    const { resumeKey } = sequence;
    const attempt = this.bug === 'confirms-attempt-1' ? 1 : sequence.attempt;
    const request = { kind: 'confirm', clientId: this.ledger.clientId, resumeKey, attempt } as const;
    const until = performance.now() + CONFIRM_FOR_MS * this.scale;
    for (let k = 0; performance.now() < until && !this.stopped; k++) {
      const link = new ModelLink(this.args.server, undefined, this.odd);
      const status = await Promise.race([
        new Promise<StatusView | undefined>((resolve) =>
          link.call('Confirm', request, { message: () => undefined, ended: resolve }),
        ),
        this.pause(until - performance.now()),
      ]);
      link.close();
      if (status?.grpc === 'OK') return true;
      if (status !== undefined && this.isTerminal(status, status.code ?? BARE_TERMINAL[status.grpc])) return false;
      if (this.bug === 'confirms-once') return false;
      await this.pause(this.waitMs(k, undefined));
    }
    return false;
  }

  private pause(ms: number): Promise<undefined> {
    return new Promise((resolve) => {
      setTimeout(() => resolve(undefined), Math.max(0, ms));
    });
  }
}

function mismatch(message: string): Outcome {
  return { result: 'mismatch', message, code: 107 };
}
