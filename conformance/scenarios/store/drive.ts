/** What scenarios of a shared store are made of: streams at either instance, looks at the record, records of the suite's own. */

import { randomBytes } from 'node:crypto';
import { expectedResumeKey } from '../../oracle/resume-key.ts';
import type { StoreRunContext, StoreScenario } from '../../scenario.ts';
import type { Lab } from '../../store/lab.ts';
import type { RecordStore } from '../../store/records.ts';
import type { Call } from '../../target/dial.ts';
import type { ServerTarget } from '../../target/server.ts';
import type { DescriptionView, Json, Trace } from '../../trace.ts';
import { Driver, driveCase, resumeRequest, type Session, type StartOptions, startRequest } from '../server/drive.ts';

/** Where a session is not to end by itself, however slow the machine is. */
export const ENDLESS = 5_000;
/** Between two looks at a record. */
const WATCH_EVERY_MS = 100;

/** Records of the suite live longer than any case takes. */
const INJECTED_MS = 60_000;

/** R: the longest time between two renewals. Spec: state.md, RSQ-STO-3. */
export function renewalMs({ intervalMs }: DescriptionView): number {
  return Math.min(Math.max(intervalMs, 1_000), 5_000);
}

/** Drives one case at two instances. */
export class StoreDriver extends Driver {
  readonly lab: Lab;
  readonly renewalMs: number;
  readonly retentionMs: number;
  readonly intervalMs: number;

  constructor(context: StoreRunContext, recorder: Driver['recorder']) {
    super(context, recorder);
    this.lab = context.lab;
    this.renewalMs = renewalMs(context.description);
    this.retentionMs = context.description.retentionMs;
    this.intervalMs = context.description.intervalMs;
  }

  startAt(label: string, target: ServerTarget, options: StartOptions): Promise<Call> {
    return this.open(label, startRequest(options), target);
  }

  /** @param attempt undefined leaves it out of the request */
  resumeAt(
    label: string,
    target: ServerTarget,
    session: Pick<Session, 'clientId' | 'resumeKey'>,
    nextIndex: number,
    attempt: number | undefined,
    extensions: readonly string[] = [],
  ): Promise<Call> {
    return this.open(label, resumeRequest(session, nextIndex, attempt, extensions), target);
  }

  /** A look at the record. */
  async look(label: string, clientId: string, records: RecordStore = this.lab.records): Promise<void> {
    const before = this.context.now();
    const record = await records.read(clientId);
    this.recorder.record({ label, clientId, ...record, tookMs: this.context.now() - before });
  }

  /** A look at the record, and at all keys in which the client id occurs. */
  async lookAtKeys(label: string, clientId: string): Promise<void> {
    const before = this.context.now();
    const [record, keys] = await Promise.all([this.lab.records.read(clientId), this.lab.records.keysOf(clientId)]);
    this.recorder.record({ label, clientId, ...record, keys, tookMs: this.context.now() - before });
  }

  /** Look again and again for so long. */
  async watch(label: string, clientId: string, durationMs: number): Promise<void> {
    const end = this.context.now() + durationMs;
    while (this.context.now() < end) {
      await this.look(label, clientId);
      await this.sleep(WATCH_EVERY_MS);
    }
  }

  /** Write a record as another server would have left it, and look at it. */
  async inject(label: string, clientId: string, fields: Readonly<Record<string, string>>): Promise<void> {
    await this.lab.records.write(clientId, fields, INJECTED_MS);
    await this.look(label, clientId);
  }

  signal(name: string, process: { signal(signal: NodeJS.Signals): void }, signal: NodeJS.Signals): void {
    process.signal(signal);
    this.recorder.signal(name, signal);
  }
}

export type StoreCaseBody = (driver: StoreDriver) => Promise<void>;

export interface StoreCase {
  readonly caseId: string;
  readonly facts?: { readonly [name: string]: Json | undefined };
  readonly body: StoreCaseBody;
}

interface StoreScenarioFields {
  readonly id: `store-${string}`;
  readonly title: string;
  readonly needs: StoreScenario['needs'];
  readonly spares?: number;
  readonly rigs?: number;
  estimateMs(description: DescriptionView): number;
  /** Run side by side. @param seed of all random choices */
  cases(seed: number): readonly StoreCase[];
}

export function storeScenario(fields: StoreScenarioFields): StoreScenario {
  const { id, title, needs, spares = 0, rigs = 0 } = fields;
  return {
    id,
    title,
    side: 'server',
    profiles: ['stateful'],
    needs,
    spares,
    rigs,
    estimateMs: ({ description }) => fields.estimateMs(description),
    run: (context): Promise<Trace[]> =>
      Promise.all(
        fields
          .cases(context.seed)
          .map(({ caseId, facts = {}, body }) =>
            driveCase(context, id, caseId, facts, ({ recorder }) => body(new StoreDriver(context, recorder))),
          ),
      ),
  };
}

/** Both directions of a case. */
export function bothWays(
  caseId: string,
  body: (driver: StoreDriver, first: ServerTarget, second: ServerTarget) => Promise<void>,
): StoreCase[] {
  return [
    { caseId: `${caseId}-a-b`, body: (driver) => body(driver, driver.lab.a, driver.lab.b) },
    { caseId: `${caseId}-b-a`, body: (driver) => body(driver, driver.lab.b, driver.lab.a) },
  ];
}

/**
 * A session that no server has made. Its client id begins with the seed, so that it is also what a server in the test mode
 * would have.
 */
export function inventedSession(seed: bigint): Pick<Session, 'clientId' | 'resumeKey'> {
  const hex = seedHex(seed) + randomBytes(8).toString('hex');
  const clientId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { clientId, resumeKey: Buffer.from(expectedResumeKey(clientId, seed)).toString('hex') };
}

/** As the field `seed` has it. */
export function seedHex(seed: bigint): string {
  return seed.toString(16).padStart(16, '0');
}
