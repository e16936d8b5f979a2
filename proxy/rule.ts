/**
 * A fault in one direction of one connection: waits for its time and place, and then has an effect.
 */
import type { Beginning, Direction, Effect } from './fault.ts';
import type { Fault } from './grammar.ts';
import type { Draw } from './random.ts';
import { phaseAt } from './schedule.ts';
import { within } from './units.ts';

/** What has passed in the direction, since the connection began. */
export interface Passed {
  readonly bytes: number;
  readonly messages: number;
}

export interface RuleOptions {
  readonly fault: Fault;
  readonly direction: Direction;
  /** When the connection began. */
  readonly bornMs: number;
  /** When the fault's time begins to run; with an offset it does so only when that is reached. */
  readonly originMs: number;
  /** When the fault's first window begins after that, and how long each lasts. */
  readonly atMs: number;
  readonly forMs: number | undefined;
  readonly draw: Draw;
  /** The effect that all connections share, in place of one of its own. */
  readonly shared?: Effect | undefined;
  /** Told when the fault begins and ends. */
  readonly changed: (isOn: boolean) => void;
}

const FOREVER = Number.POSITIVE_INFINITY;

export class Rule {
  readonly fault: Fault;
  readonly direction: Direction;
  /** At work now. */
  effect: Effect | undefined;
  /** When `effect` changes next by itself. */
  changeMs = 0;
  /** It will never be at work again. */
  isOver = false;
  readonly #options: RuleOptions;
  #originMs: number | undefined;
  #round = -1;

  constructor(options: RuleOptions) {
    const { fault } = options;
    this.fault = fault;
    this.direction = options.direction;
    this.#options = options;
    this.#originMs = fault.after === undefined ? options.originMs : undefined;
  }

  /** How much more may pass before this fault has to look again. */
  roomBefore(passed: Passed): Passed {
    const after = this.#originMs === undefined ? this.fault.after : undefined;
    return {
      bytes: after?.unit === 'bytes' ? after.amount - passed.bytes : FOREVER,
      messages: after?.unit === 'messages' ? after.amount - passed.messages : FOREVER,
    };
  }

  /** Brings `effect` and `changeMs` up to date. */
  update(nowMs: number, passed: Passed): void {
    if (this.isOver) return;
    const { after } = this.fault;
    if (after !== undefined && this.#originMs === undefined && passed[after.unit] >= after.amount)
      this.#originMs = nowMs;
    if (this.#originMs === undefined) {
      this.changeMs = FOREVER;
      return;
    }
    this.#turn(nowMs, this.#originMs);
  }

  #turn(nowMs: number, originMs: number): void {
    const { atMs, forMs, bornMs } = this.#options;
    const phase = phaseAt({ atMs, forMs, everyMs: this.fault.everyMs }, nowMs - originMs);
    const isSpared = this.fault.kind.isMoment === true && originMs + phase.startMs < bornMs;
    const isOn = phase.isOn && !isSpared;
    this.changeMs = originMs + phase.changeMs;
    if (this.effect !== undefined && !(isOn && phase.round === this.#round)) this.#end();
    if (isOn && this.effect === undefined) this.#begin(originMs + phase.startMs);
    this.#round = phase.round;
    this.isOver = !isOn && phase.changeMs === FOREVER;
  }

  #end(): void {
    this.effect = undefined;
    this.#options.changed(false);
  }

  #begin(nowMs: number): void {
    const { fault, draw, shared } = this.#options;
    this.effect = shared ?? beginEffect(fault, { nowMs, draw });
    this.#options.changed(true);
  }
}

/** @returns undefined for a fault that does not concern connections that are up */
export function beginEffect(fault: Fault, { nowMs, draw }: { nowMs: number; draw: Draw }): Effect | undefined {
  const amount = (name: string): number => within(fault.amounts[name] ?? { min: 0, max: 0 }, draw);
  const beginning: Beginning = { nowMs, amount, uniform: draw };
  return fault.kind.begin?.(beginning);
}
