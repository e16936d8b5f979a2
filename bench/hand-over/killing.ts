/**
 * Part one: many sessions over two servers, of which one after the other is killed with SIGKILL and started again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ServerProcess, startServer } from '../../reference-server/testing/server-process.ts';
import { alternate, type RunReport, runSession } from '../session-run.ts';
import { seedOf } from './records.ts';

export interface KillingOptions {
  readonly redisPort: number;
  readonly sessions: number;
  /** Items of each session. */
  readonly count: number;
  readonly intervalMs: number;
  readonly killEveryMs: number;
  readonly note: (line: string) => void;
}

export interface KillingReport {
  readonly runs: readonly RunReport[];
  readonly kills: number;
  readonly tookMs: number;
}

export async function killInTurn(options: KillingOptions): Promise<KillingReport> {
  const { redisPort, sessions, count, killEveryMs, note } = options;
  const flags = ['--interval', `${options.intervalMs}ms`, '--store', `redis://127.0.0.1:${redisPort}`];
  const start = (port: number): Promise<ServerProcess> => startServer(['--port', String(port), ...flags]);
  const servers = await Promise.all([start(0), start(0)]);
  const ports = servers.map(({ port }) => port);
  const sinceMs = performance.now();
  let kills = 0;
  let isOver = false;

  const killer = async (): Promise<void> => {
    for (let turn = 0; ; turn = 1 - turn) {
      await sleep(killEveryMs);
      const victim = servers[turn];
      if (isOver || victim === undefined) return;
      await victim.kill();
      kills++;
      note(`${seconds(sinceMs)} killed server ${'AB'[turn]} with SIGKILL`);
      servers[turn] = await start(victim.port);
    }
  };

  try {
    const runs = Array.from({ length: sessions }, (_session, k) =>
      runSession(alternate(ports, k), count, (id) => seedOf(redisPort, id)),
    );
    const killing = killer();
    const reports = await Promise.all(runs);
    const tookMs = performance.now() - sinceMs;
    isOver = true;
    await killing;
    return { runs: reports, kills, tookMs };
  } finally {
    await Promise.all(servers.map((server) => server.kill()));
  }
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1_000).toFixed(1).padStart(5)} s`;
}
