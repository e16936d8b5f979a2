/**
 * Preloaded into the processes of a soak: tells on request how much heap is in use after a garbage collection. Needs
 * --expose-gc and an IPC channel, which it does not keep the process alive for.
 */
export const MEASURE = 'soak:measure';

process.on('message', (message) => {
  if (message !== MEASURE) return;
  globalThis.gc?.();
  process.send?.({ heapBytes: process.memoryUsage().heapUsed });
});
// Whoever has started this process is gone.
process.on('disconnect', () => process.exit());
process.channel?.unref();
