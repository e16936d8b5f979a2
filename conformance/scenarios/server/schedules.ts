/** Random schedules: clients with bad luck, several at a time, each carried to the end of its sequence. Spec: core.md sections 5 and 7. */

import { randomUUID } from 'node:crypto';
import { type CaseToken, tokenText } from '../../random.ts';
import type { ServerRunContext, ServerScenario } from '../../scenario.ts';
import { type Call, Link } from '../../target/dial.ts';
import type { Trace } from '../../trace.ts';
import {
  CASE_STAGGER_MS,
  type Driver,
  driveCase,
  FIRST_MESSAGE_MS,
  marginItems,
  resumeRequest,
  SAFE_ITEMS,
  type Session,
  sessionOf,
  startRequest,
} from './drive.ts';
import {
  GHOST,
  plansOf,
  SCHEDULE_CASES,
  SCHEDULES,
  type SessionPlan,
  type Step,
  scheduleText,
  TAKEN_OVER,
  withoutConfirm,
} from './schedule.ts';

/** A literal end is so far from the last drop: a busy machine learns late of what was sent. */
const END_MARGIN_MS = 3_000;
/** Bytes that do not come are not waited for longer than this. */
const BYTES_LIMIT_MS = 2_000;

export const schedules: ServerScenario = {
  id: 'schedules',
  title: `${SCHEDULES} random schedules of drops, takeovers and late requests, resumed and carried to the end`,
  side: 'server',
  profiles: ['stateful'],
  estimateMs: ({ description }) => 24 * description.intervalMs,
  run: (context) => Promise.all(SCHEDULE_CASES.tokens(context).map((token) => driveSchedule(context, token, true))),
  random: {
    smaller: (seed, token) => SCHEDULE_CASES.smaller(seed, token),
    run: (context, token) => driveSchedule(context, token, false),
  },
};

async function driveSchedule(context: ServerRunContext, token: CaseToken, staggered: boolean): Promise<Trace> {
  const drawn = SCHEDULE_CASES.at(context.seed, token);
  const offered = context.description.extensions.includes('confirm-final');
  const schedule = drawn === undefined || offered ? drawn : withoutConfirm(drawn);
  const sessions = schedule === undefined ? [] : plansOf(schedule);
  const plans = sessions.map((plan) => ({ ...roomy(context, plan), clientId: randomUUID() }));
  const facts = {
    sessions: plans.map(({ clientId, n }) => ({ clientId, n })),
    replay: tokenText(context.seed, token),
    schedule: schedule === undefined ? 'there is no such schedule' : scheduleText(schedule),
  };
  return driveCase(
    context,
    'schedules',
    `schedule-${[token.index, ...token.path].join('.')}`,
    facts,
    async (driver) => {
      if (staggered) await driver.sleep(token.index * CASE_STAGGER_MS);
      const links = new Links(driver, schedule?.shared === true);
      try {
        await Promise.all(plans.map((plan) => new Unlucky(driver, links, plan).run()));
      } finally {
        links.destroy();
      }
    },
  );
}

/** Without confirm-final drops keep away from the end, which is further away in items of a fast server. */
function roomy(context: ServerRunContext, plan: SessionPlan): SessionPlan {
  return plan.confirm ? plan : { ...plan, n: plan.n + endMargin(context) - SAFE_ITEMS };
}

function endMargin(context: ServerRunContext): number {
  return marginItems(context, SAFE_ITEMS, END_MARGIN_MS);
}

/** TCP connections of one schedule. */
class Links {
  readonly #driver: Driver;
  readonly #shared: boolean;
  readonly #all: Link[] = [];

  constructor(driver: Driver, shared: boolean) {
    this.#driver = driver;
    this.#shared = shared;
  }

  /** The newest usable one where links are shared, else a new one. */
  next(): Link {
    const newest = this.#all.at(-1);
    return this.#shared && newest?.usable === true ? newest : this.fresh();
  }

  fresh(): Link {
    const link = new Link(this.#driver.recorder, this.#driver.context.target, { tapped: true });
    this.#all.push(link);
    return link;
  }

  destroy(): void {
    for (const link of this.#all) link.destroy();
  }
}

/** A client that does what the specification says while its connections do what the plan says. */
class Unlucky {
  readonly #driver: Driver;
  readonly #links: Links;
  readonly #plan: SessionPlan & { readonly clientId: string };
  readonly #extensions: readonly string[];
  #attempt = 0;
  #accepted = 0;
  #session: Session | undefined;
  /** Streams that were taken over and are to end by themselves. */
  readonly #ending: Promise<unknown>[] = [];

  constructor(driver: Driver, links: Links, plan: SessionPlan & { readonly clientId: string }) {
    this.#driver = driver;
    this.#links = links;
    this.#plan = plan;
    this.#extensions = plan.confirm ? ['confirm-final'] : [];
  }

  async run(): Promise<void> {
    let call = this.#connect(0);
    for (const step of this.#plan.steps) {
      await this.#reach(call, step);
      this.#learn(call);
      if (this.#hasEnded(call) || this.#accepted > this.#last()) {
        call.link.tap.reopen();
        break;
      }
      const link = await this.#leave(call, step);
      call = this.#connect(step.rewind, link);
      if (step.ghost !== 'none') await this.#haunt(call, step.ghost);
    }
    await this.#toTheEnd(call);
    await Promise.all(this.#ending);
  }

  /** Whatever else happens on a shared connection: read until FINAL. */
  async #toTheEnd(first: Call): Promise<void> {
    let call = first;
    for (;;) {
      const inTime = await this.#driver.finish(call, this.#plan.n);
      this.#learn(call);
      if (!inTime || this.#hasEnded(call)) return;
      call = this.#connect(0);
    }
  }

  #connect(rewind: number, link = this.#links.next()): Call {
    this.#attempt += 1;
    const session = this.#session;
    const { clientId, n } = this.#plan;
    const options = { clientId, n, attempt: this.#attempt, extensions: this.#extensions };
    const from = Math.max(0, this.#accepted - rewind);
    const call = link.open(
      session === undefined ? startRequest(options) : resumeRequest(session, from, this.#attempt, this.#extensions),
    );
    this.#driver.recorder.note(session === undefined ? 'start' : 'resume', call.conn);
    return call;
  }

  /** The last position at which a drop loses nothing. */
  #last(): number {
    // Without confirm-final a drop near the end is a matter of luck: the server may have sent FINAL and discarded the session.
    return this.#plan.confirm ? this.#plan.n - 1 : this.#plan.n - endMargin(this.#driver.context);
  }

  async #reach(call: Call, { until }: Step): Promise<void> {
    const { intervalMs } = this.#driver.context.description;
    const tooFar = (): boolean => call.values.length > 0 && (call.values.at(-1)?.index ?? 0) >= this.#last() - 1;
    if (until.by === 'bytes') {
      // Bytes count for the whole connection: its other streams feel the cut too.
      let shut = false;
      void call.link.tap.shutAfter(until.bytes).then(() => {
        shut = true;
        call.look();
      });
      await call.until(() => shut || tooFar(), BYTES_LIMIT_MS);
    } else if (until.by === 'time') {
      await call.until(tooFar, (until.percent / 100) * intervalMs);
    } else {
      await call.until((c) => c.messages.length > 0, FIRST_MESSAGE_MS);
      await call.until(
        (c) => c.values.length >= until.items || tooFar(),
        (until.items + 1) * intervalMs + FIRST_MESSAGE_MS,
      );
    }
  }

  #learn(call: Call): void {
    this.#session ??= sessionOf(call);
    this.#accepted = Math.max(this.#accepted, (call.values.at(-1)?.index ?? -1) + 1);
  }

  /** All has come, or the server has ended the stream; what a drop of its connection ended is not over. */
  #hasEnded(call: Call): boolean {
    return call.status !== undefined || this.#accepted >= this.#plan.n;
  }

  /** @returns the link of the next stream where that matters */
  async #leave(call: Call, { how, pausePercent }: Step): Promise<Link | undefined> {
    const { intervalMs } = this.#driver.context.description;
    if (how === 'takeover' && !call.over) {
      this.#driver.recorder.note(TAKEN_OVER, call.conn);
      // What is not ended in time is for the check to see.
      this.#ending.push(call.until((c) => c.over, 2 * intervalMs + FIRST_MESSAGE_MS));
      return this.#links.fresh();
    }
    if (how !== 'takeover') call.drop(how);
    await this.#driver.sleep((pausePercent / 100) * intervalMs);
    return undefined;
  }

  /** Send what the network held back: a request of an earlier attempt. */
  async #haunt(call: Call, ghost: 'start' | 'resume'): Promise<void> {
    await call.until((c) => c.messages.length > 0, FIRST_MESSAGE_MS);
    this.#learn(call);
    const session = this.#session;
    if (session === undefined || call.opened === undefined || call.over || call.opened.nextIndex >= this.#last())
      return;
    const { clientId, n } = this.#plan;
    const request =
      ghost === 'start'
        ? startRequest({ clientId, n, attempt: 1 })
        : resumeRequest(session, 0, this.#attempt - 1, this.#extensions);
    const late = await this.#driver.open(GHOST, request);
    if (!late.over) late.drop('cancel');
  }
}
