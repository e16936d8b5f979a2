/**
 * One soak from beginning to end.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProxyEvent } from '../../proxy/proxy.ts';
import { Chaos } from './chaos.ts';
import { type Growth, growthOf, HEAP_LIMITS, RSS_LIMITS, type Sample } from './growth.ts';
import { Stage, type Victim } from './stage.ts';
import { Tally } from './tally.ts';

export interface SoakOptions {
  readonly durationMs: number;
  readonly sessions: number;
  readonly intervalMs: number;
  readonly retentionMs: number;
  readonly seed: number;
  readonly store: 'redis' | 'memory';
  /** Between two faults of a connection. */
  readonly meanMs: number;
  readonly mishapEveryMs: number;
  /** Ends it before its time. */
  readonly signal: AbortSignal;
  /** Told how it goes. */
  readonly note: (line: string) => void;
}

export interface MemoryReport {
  readonly process: string;
  readonly figure: 'heap' | 'resident';
  readonly samples: number;
  /** Undefined when there are too few samples. */
  readonly growth: Growth | undefined;
}

export interface SoakReport {
  readonly seed: number;
  readonly tookMs: number;
  readonly tally: Tally;
  /** By kind, those of the proxies and those of the processes. */
  readonly faults: Readonly<Record<string, number>>;
  readonly memory: readonly MemoryReport[];
  /** Not in `memory`, since no process of it lives through all of the run. */
  readonly victim: Victim | undefined;
  /** Processes that have ended by themselves, with the end of what they said. */
  readonly fallen: readonly string[];
  /** All sessions were over in time. */
  readonly isFinished: boolean;
}

/** All that the proxies have; no black hole nearly as long as a session is kept. */
const FAULTS =
  'reset_peer|down:reset_peer,for=3s|timeout=0,for=500ms..8s|up:timeout=0,for=500ms..3s|down:timeout=0,for=500ms..3s|' +
  'timeout=200ms|latency|bandwidth|slicer|limit_data|slow_close|refuse';
const PROGRESS_MS = 10_000;
const SAMPLES = 60;
/** The runs under way when the time is over: at most 200 items, and the longest fault. */
const FINISH_MS = 90_000;
const WARM_UP_SHARE = 0.2;

export async function soak(options: SoakOptions): Promise<SoakReport> {
  return new Soak(options).run();
}

class Soak {
  readonly #options: SoakOptions;
  readonly #stage: Stage;
  readonly #chaos: Chaos;
  readonly #tally: Tally;
  readonly #faults = new Map<string, number>();
  readonly #samples = new Map<string, Sample[]>();
  #sinceMs = 0;

  constructor(options: SoakOptions) {
    this.#options = options;
    this.#tally = new Tally(options.retentionMs);
    this.#chaos = new Chaos(options.seed);
    this.#stage = new Stage({
      ...options,
      faults: FAULTS,
      onRun: (report) => this.#tally.add(report),
      onProxy: (event) => this.#count(event),
    });
  }

  async run(): Promise<SoakReport> {
    const { mishapEveryMs, note, seed, sessions, durationMs, store } = this.#options;
    const words = `${sessions} sessions at one time, ${(durationMs / 60_000).toFixed(1)} min, store ${store}, seed ${seed}`;
    try {
      note(words);
      await this.#stage.open();
      this.#sinceMs = performance.now();
      const chaos = this.#chaos.run(this.#stage, mishapEveryMs, (kind) => note(`${this.#clock()}  ${kind}`));
      await this.#watch();
      this.#chaos.stop();
      await chaos;
      const isFinished = this.#options.signal.aborted || (await this.#stage.finish(FINISH_MS));
      return this.#report(isFinished);
    } finally {
      this.#chaos.stop();
      await this.#stage.close();
    }
  }

  /** Samples and progress until the time is over, or a process has fallen. */
  async #watch(): Promise<void> {
    const { durationMs, signal, note } = this.#options;
    let shownMs = 0;
    while (this.#elapsedMs < durationMs && !signal.aborted && this.#stage.fallen.length === 0) {
      await sleep(durationMs / SAMPLES, undefined, { signal }).catch(() => undefined);
      await this.#sample();
      if (this.#elapsedMs - shownMs < PROGRESS_MS) continue;
      shownMs = this.#elapsedMs;
      const { sessions, items, reconnects, isFlawless } = this.#tally;
      const faults = [...this.#faultCounts().values()].reduce((sum, count) => sum + count, 0);
      const state = isFlawless ? 'nothing lost' : 'SOMETHING IS WRONG';
      note(
        `${this.#clock()}  ${sessions} sessions, ${items} items, ${faults} faults, ${reconnects} reconnects: ${state}`,
      );
    }
  }

  get #elapsedMs(): number {
    return performance.now() - this.#sinceMs;
  }

  #clock(): string {
    return `${(this.#elapsedMs / 1_000).toFixed(0).padStart(5)} s`;
  }

  async #sample(): Promise<void> {
    const atMs = this.#elapsedMs;
    const memory = await this.#stage.memory();
    if (atMs < WARM_UP_SHARE * this.#options.durationMs) return;
    for (const [name, { rss, heap }] of memory) {
      this.#keep(`${name}/resident`, { atMs, mib: rss });
      if (heap !== undefined) this.#keep(`${name}/heap`, { atMs, mib: heap });
    }
  }

  #keep(figure: string, sample: Sample): void {
    const samples = this.#samples.get(figure) ?? [];
    samples.push(sample);
    this.#samples.set(figure, samples);
  }

  /** A fault in both directions tells of itself twice. */
  #count({ event, direction, fault }: ProxyEvent): void {
    if (event !== 'fault-on' || fault === undefined) return;
    const [, way = '', name = ''] = /^(up:|down:|)([a-z_]+)/.exec(fault) ?? [];
    if (way === '' && direction === 'down') return;
    this.#faults.set(name, (this.#faults.get(name) ?? 0) + 1);
  }

  #faultCounts(): Map<string, number> {
    return new Map([...this.#faults, ...this.#chaos.counts]);
  }

  #report(isFinished: boolean): SoakReport {
    return {
      seed: this.#options.seed,
      tookMs: this.#elapsedMs,
      tally: this.#tally,
      faults: Object.fromEntries(this.#faultCounts()),
      memory: [...this.#samples].map(([name, samples]) => memoryReport(name, samples)),
      victim: this.#stage.victim,
      fallen: this.#stage.fallen.map(({ name, complaints }) => `${name}: ${complaints}`),
      isFinished,
    };
  }
}

function memoryReport(name: string, samples: readonly Sample[]): MemoryReport {
  const [process = '', figure] = name.split('/');
  const isHeap = figure === 'heap';
  const growth = growthOf(samples, isHeap ? HEAP_LIMITS : RSS_LIMITS);
  return { process, figure: isHeap ? 'heap' : 'resident', samples: samples.length, growth };
}
