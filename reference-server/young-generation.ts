/**
 * How much memory a server spends on young objects.
 *
 * V8 lets its two halves grow to 16 MB each, from Node 24 on to 64 MB. What a session leaves behind is garbage after one turn
 * of the event loop, so that halves of 8 MB cost no more time (bench/README.md). The flag that limits them works only on the
 * command line, which an installed program does not have; the flag by which they grow works at any time.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

type Launch = Pick<NodeJS.Process, 'execArgv' | 'env'>;

/** Both halves. */
const LIMIT_BYTES = 2 * 8 * 1024 * 1024;

/** Stops the growth of the young generation when it has reached its limit, unless whoever started the process has chosen one. */
export function limitYoungGeneration({ execArgv, env }: Launch = process): void {
  if ([...execArgv, env['NODE_OPTIONS'] ?? ''].some((words) => words.includes('semi-space'))) return;
  // It grows after a collection only, by doubling.
  const observer = new PerformanceObserver(() => {
    if (youngBytes() < LIMIT_BYTES) return;
    setFlagsFromString('--semi-space-growth-factor=1');
    observer.disconnect();
  });
  observer.observe({ type: 'gc' });
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0;
}
