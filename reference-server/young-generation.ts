/**
 * How much memory a server spends on young objects.
 *
 * V8 lets its two halves grow to 16 MiB each, from Node 24 on to 64 MiB. What a session leaves behind is garbage after one
 * turn of the event loop, so that halves of 8 MiB cost no more time. The flag that limits them works only on the
 * command line, which an installed program does not have; the flag by which they grow works at any time.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Both halves. */
const LIMIT_BYTES = 2 * 8 * 1024 * 1024;

/** Stops the growth of the young generation when it has reached its limit, unless whoever started the process has chosen one. */
export function limitYoungGeneration(): void {
  if ([...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].some((words) => words.includes('semi-space'))) return;
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
