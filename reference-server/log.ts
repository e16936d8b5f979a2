/**
 * Logging as the server sees it. Neither resume keys nor whole client ids belong into a log (RSQ-KEY-5).
 */
import { createHash } from 'node:crypto';

type Write = (fields: object, message: string) => void;

/** The part of a logger that is used here; pino's is one. */
export interface Log {
  /** Left out when it would be thrown away: one line for each connection. */
  readonly debug?: Write | undefined;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
}

const nothing: Write = () => undefined;

export const SILENT: Log = { info: nothing, warn: nothing, error: nothing };

/** Tells the lines of one client apart from those of others without telling its id. */
export function clientMark(clientId: string): string {
  return createHash('sha256').update(clientId).digest('hex').slice(0, 8);
}
