/**
 * Where the server meets its process: first line, signals, exit status.
 */
import { UsageError } from '../protocol/cli.ts';
import type { Address } from './bindings/binding.ts';
import { type Flags, reason } from './flags.ts';
import type { Log } from './log.ts';
import { serveMetrics } from './metrics.ts';

/** Exit status after a second signal, as shells report an interrupted program. */
const EXIT_INTERRUPTED = 130;

/** The first line of stdout, which tells whoever started this process where to connect. */
export function announce({ host, port }: Address, json: boolean): void {
  const listening = `${host}:${port}`;
  process.stdout.write(json ? `${JSON.stringify({ listening, port })}\n` : `reseq-server listening on ${listening}\n`);
}

/** Which flag is to blame when the server cannot listen. */
export function unusable(flags: Flags, error: unknown): UsageError {
  const syscall = error instanceof Error && 'syscall' in error ? error.syscall : undefined;
  if (syscall === 'getaddrinfo') return new UsageError('host', `an address (${reason(error)})`, flags.host);
  return new UsageError('port', `a free port on ${flags.host} (${reason(error)})`, flags.port);
}

/** Serves metrics if that has been asked for. @throws UsageError when the port cannot be had */
export async function addMetrics({ metricsPort }: Flags, scrape: () => Promise<string>, log: Log): Promise<void> {
  if (metricsPort === undefined) return;
  try {
    const { port } = await serveMetrics(scrape, '127.0.0.1', metricsPort);
    log.info({ url: `http://127.0.0.1:${port}/metrics` }, 'metrics');
  } catch (error) {
    throw new UsageError('metrics-port', `a free port on 127.0.0.1 (${reason(error)})`, metricsPort);
  }
}

/** The first signal lets clients go elsewhere, a second one does not wait. */
export function drainOnSignal(drain: () => Promise<void>, log: Log): void {
  let isDraining = false;
  const stop = (signal: string): void => {
    if (isDraining) process.exit(EXIT_INTERRUPTED);
    isDraining = true;
    log.info({ signal }, 'draining');
    exitAfter(drain, log);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

export function exitAfter(drain: () => Promise<void>, log: Log): void {
  drain().then(
    () => process.exit(0),
    (error: unknown) => {
      log.error({ err: error }, 'drain failed');
      process.exit(1);
    },
  );
}
