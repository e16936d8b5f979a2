/**
 * Runs a client against a scripted server without waiting for its back-off: the clock jumps.
 */
import { FakeClock } from '../../protocol/testing/fake-clock.ts';
import { grpcBinding } from '../bindings/grpc.ts';
import { Client, type ClientOptions } from '../client.ts';
import type { Notice } from '../events.ts';
import { Journal, type Task } from '../records.ts';
import type { ClientResult } from '../result.ts';
import { STEADY } from './drive.ts';
import { type Script, ScriptedServer } from './scripted-server.ts';

export interface Run {
  readonly server: ScriptedServer;
  readonly result: ClientResult;
  readonly items: readonly (number | bigint)[];
  readonly notices: readonly Notice[];
}

/** A clock that jumps to the next dial as soon as one is set. Silence, by contrast, never ends by itself. */
export function jumpOverWaits(clock: FakeClock): (notice: Notice) => void {
  return (notice) => {
    if (notice.kind === 'waiting') setImmediate(() => clock.advance(notice.delayMs));
  };
}

/** Runs the task to its end; stops the server. */
export async function runAgainst(
  scripts: readonly Script[],
  task: Task,
  over: Partial<ClientOptions> = {},
  confirmAnswer?: Parameters<typeof ScriptedServer.start>[1],
): Promise<Run> {
  const server = await ScriptedServer.start(scripts, confirmAnswer);
  const clock = new FakeClock();
  const items: (number | bigint)[] = [];
  const notices: Notice[] = [];
  const jump = jumpOverWaits(clock);
  const client = new Client({
    journal: new Journal(task),
    binding: grpcBinding({ server: server.address }),
    clock,
    random: STEADY,
    extensions: [],
    giveUpMs: 300_000,
    connectAttempts: 10,
    deliver: (_index, value) => items.push(value),
    notify: (notice) => {
      notices.push(notice);
      jump(notice);
    },
    ...over,
  });
  try {
    client.start();
    const result = await client.result;
    return { server, result, items, notices };
  } finally {
    server.stop();
  }
}
