/**
 * `npm run burners`: the suite judges the reference server while four busy loops take the processors. A judge that takes its own
 * lateness, or that of a busy machine, for a fault of the server would send people looking for faults that are not there.
 * No check may fail; a check of times may say that it could not tell.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { conformServer } from '../conformance/conform.ts';
import type { CheckResult } from '../conformance/judge.ts';
import { pinnedId, requirements } from '../conformance/requirements/requirements.ts';
import { killAllChildren } from '../conformance/target/process.ts';
import { startServer } from '../conformance/target/server.ts';

const BURNERS = 4;
/** They end by themselves, whatever becomes of this program. */
const BURN_MS = 90_000;
const BURN = `const end = Date.now() + ${BURN_MS}; while (Date.now() < end);`;
/** Short enough for a step of a few seconds, long enough to be kept on two processors with four loops. */
const PACE = ['--interval', '500ms', '--retention', '4s'];

/** What the run shows against the suite: failures, and what could not be told although no time is involved. */
export function unlawful(results: readonly CheckResult[]): CheckResult[] {
  const all = requirements();
  return results.filter(({ check, verdict }) => {
    if (verdict.verdict === 'INCONCLUSIVE') {
      return !check.requirements.some((pin) => all.get(pinnedId(pin))?.class === 'timing');
    }
    return !['PASS', 'WARN', 'UNSUPPORTED', 'INFO'].includes(verdict.verdict);
  });
}

async function main(): Promise<number> {
  const bin = fileURLToPath(new URL('../bin/reseq.ts', import.meta.url));
  const server = await startServer([process.execPath, '--import', 'tsx', bin, 'server', '--port', '{port}', ...PACE]);
  const burners: ChildProcess[] = [];
  try {
    for (let i = 0; i < BURNERS; i++) burners.push(spawn(process.execPath, ['-e', BURN], { stdio: 'ignore' }));
    const { signal } = new AbortController();
    const { results, lag, elapsedMs } = await conformServer(server, {
      selection: { only: [], skip: [] },
      seed: 1,
      signal,
    });
    const bad = unlawful(results);
    for (const { check, verdict } of bad) console.log(`not ok ${check.id}: ${verdict.verdict} ${verdict.message}`);
    const count = (name: string): number => results.filter(({ verdict }) => verdict.verdict === name).length;
    const seen = `${count('PASS')} PASS, ${count('INCONCLUSIVE')} INCONCLUSIVE of times, lag at most ${Math.round(lag.maxMs)} ms`;
    if (bad.length === 0)
      console.log(`ok the reference server beside ${BURNERS} busy loops: ${seen}, ${Math.round(elapsedMs / 1_000)} s`);
    return bad.length === 0 ? 0 : 1;
  } finally {
    for (const burner of burners) burner.kill('SIGKILL');
    await server.child.stop();
    killAllChildren();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main();
