/**
 * The load generator as the benchmark holds it.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { end, LOAD_CORE, spawnPinned } from '../measure/child.ts';
import { compiled } from '../measure/compiled.ts';
import { type Usage, usageOf } from '../measure/usage.ts';
import type { Answers, Order } from './protocol.ts';

interface Reply<Answer> {
  readonly answer?: Answer;
  readonly error?: string;
}

export class Generator {
  readonly #child: ChildProcess;
  readonly #exited: Promise<[Reply<never>]>;

  constructor() {
    this.#child = spawnPinned(LOAD_CORE, [process.execPath, compiled('bench/load/main')], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#exited = once(this.#child, 'exit').then(() => [{ error: 'the load generator has ended' }]);
  }

  get usage(): Usage {
    return usageOf(this.#child.pid ?? 0);
  }

  /** One order at a time. @throws Error with what went wrong there */
  async order<Kind extends Order['kind']>(order: Extract<Order, { kind: Kind }>): Promise<Answers[Kind]> {
    const answered = once(this.#child, 'message');
    this.#child.send(order);
    const [reply] = (await Promise.race([answered, this.#exited])) as [Reply<Answers[Kind]>];
    if (reply.answer === undefined) throw new Error(`${order.kind}: ${reply.error}`);
    return reply.answer;
  }

  end(): Promise<void> {
    return end(this.#child);
  }
}
