/**
 * A reconnect storm: every connection is reset at one moment, and each session dials again after its own back-off until it
 * has its next item. Each comes back on a connection of its own.
 */
import { quantile } from '../statistics.ts';
import { LoadConnection } from './connection.ts';
import type { Answers } from './protocol.ts';
import type { LoadSession } from './session.ts';

const LIMIT_MS = 60_000;
const STEP_MS = 20;

interface Returning {
  readonly session: LoadSession;
  attempts: number;
  /** Sum of the waits so far. */
  waitedMs: number;
  dueAtMs: number;
  backAtMs: number | undefined;
}

export class Storm {
  readonly connections: LoadConnection[] = [];
  readonly #port: number;
  readonly #delayMs: (k: number) => number;
  readonly #returning = new Map<LoadSession, Returning>();
  #resets = 0;

  /** @param delayMs back-off before retry k */
  constructor(port: number, delayMs: (k: number) => number) {
    this.#port = port;
    this.#delayMs = delayMs;
  }

  async begin(connections: readonly LoadConnection[], sessions: readonly LoadSession[]): Promise<Answers['storm']> {
    const sinceMs = performance.now();
    for (const session of sessions) {
      this.#returning.set(session, { session, attempts: 0, waitedMs: 0, dueAtMs: 0, backAtMs: undefined });
    }
    for (const connection of connections) connection.cut();
    await this.#untilBack(sinceMs + LIMIT_MS);
    const all = [...this.#returning.values()];
    const back = all.flatMap((one) => (one.backAtMs === undefined ? [] : [{ ...one, backAtMs: one.backAtMs }]));
    if (back.length === 0) throw new Error('storm: no session has come back');
    const after = back.map(({ backAtMs, dueAtMs }) => backAtMs - dueAtMs);
    return {
      missing: all.length - back.length,
      backMs: back.reduce((most, { backAtMs }) => Math.max(most, backAtMs), 0) - sinceMs,
      backoffMs: back.reduce((most, { waitedMs }) => Math.max(most, waitedMs), 0),
      afterBackoffMs: {
        p50: quantile(after, 0.5),
        p99: quantile(after, 0.99),
        max: quantile(after, 1),
      },
      attempts: back.reduce((sum, { attempts }) => sum + attempts, 0),
      resets: this.#resets,
    };
  }

  /** The session's connection is gone, or its call has been refused. */
  noteEnd(session: LoadSession): void {
    const one = this.#returning.get(session);
    if (one === undefined || one.backAtMs !== undefined) return;
    const waitMs = this.#delayMs(one.attempts++);
    one.waitedMs += waitMs;
    one.dueAtMs = performance.now() + waitMs;
    setTimeout(() => this.#dial(one), waitMs);
  }

  /** @param session whose first item since it dialled has come */
  noteBack(session: LoadSession, atMs: number): void {
    const one = this.#returning.get(session);
    if (one !== undefined) one.backAtMs = atMs;
  }

  #dial(one: Returning): void {
    const connection = new LoadConnection(
      this.#port,
      () => undefined,
      () => {
        if (connection.wasReset) this.#resets++;
      },
    );
    this.connections.push(connection);
    one.session.open(connection);
  }

  async #untilBack(limitAtMs: number): Promise<void> {
    const isBack = (): boolean => [...this.#returning.values()].every(({ backAtMs }) => backAtMs !== undefined);
    while (!isBack() && performance.now() < limitAtMs) await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
}
