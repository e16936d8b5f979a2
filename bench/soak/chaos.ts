/**
 * What happens to the processes of a soak, one thing at a time, drawn from the seed. Each is over well before a session's
 * retention, so that no session may be lost by it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Draw, drawsOf } from '../../proxy/random.ts';
import { command } from '../../reference-server/testing/redis-process.ts';
import type { Stage } from './stage.ts';

const STOPPED_MS = { min: 300, max: 4_000 } as const;
const REDIS_STOPPED_MS = { min: 100, max: 2_000 } as const;

type Mishap = (stage: Stage, draw: Draw) => Promise<void>;

const MISHAPS: Readonly<Record<string, Mishap>> = {
  'server SIGKILL': (stage) => stage.restart('SIGKILL'),
  'server SIGTERM': (stage) => stage.restart('SIGTERM'),
  'server SIGSTOP': async (stage, draw) => {
    const victim = stage.servers[Math.floor(draw() * stage.servers.length)];
    if (victim !== undefined) await pause(victim.child, between(STOPPED_MS, draw));
  },
  'Redis SIGSTOP': async ({ redis }, draw) => {
    if (redis !== undefined) await pause(redis.process, between(REDIS_STOPPED_MS, draw));
  },
  'Redis connections killed': async ({ redis }) => {
    if (redis !== undefined) await command(redis.port, ['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
  },
};
/** What a server without a shared store survives with its sessions. */
const LONELY: readonly string[] = ['server SIGSTOP'];

/** Begins one mishap every so often, until it is stopped. */
export class Chaos {
  /** How many of each kind. */
  readonly counts = new Map<string, number>();
  readonly #draw: Draw;
  readonly #stop = new AbortController();

  constructor(seed: number) {
    this.#draw = drawsOf(seed, 'chaos');
  }

  /** @param everyMs mean time between two @param note told of each */
  async run(stage: Stage, everyMs: number, note: (kind: string) => void): Promise<void> {
    const kinds = Object.keys(MISHAPS).filter((kind) => stage.redis !== undefined || LONELY.includes(kind));
    for (;;) {
      const waited = await sleep(everyMs * (0.5 + this.#draw()), true, { signal: this.#stop.signal }).catch(
        () => false,
      );
      if (!waited) return;
      const kind = kinds[Math.floor(this.#draw() * kinds.length)] ?? '';
      note(kind);
      await MISHAPS[kind]?.(stage, this.#draw);
      this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    }
  }

  stop(): void {
    this.#stop.abort();
  }
}

function between({ min, max }: { readonly min: number; readonly max: number }, draw: Draw): number {
  return min + draw() * (max - min);
}

async function pause(victim: { kill(signal: NodeJS.Signals): boolean }, ms: number): Promise<void> {
  victim.kill('SIGSTOP');
  await sleep(ms);
  victim.kill('SIGCONT');
}
