/**
 * Sounds the connections to Redis and makes those anew that do not answer. Spec: stores/redis.md (RSQ-RDS-10).
 *
 * A link that has silently died looks alive for many minutes as long as something is written to it: the time-outs of
 * sockets count from the last write as well, and TCP repeats what it has sent for a quarter of an hour.
 */

/** A connection as it is used here; a client of the library is one. */
export interface Soundable {
  readonly isReady: boolean;
  sendCommand(words: string[]): Promise<unknown>;
  destroy(): void;
  connect(): Promise<unknown>;
}

/** A connection is sounded this long after its last answer. */
const PERIOD_MS = 1_000;
/** A connection that has not answered by then is given up. */
const SILENCE_MS = 1_500;

/**
 * @param connections those that there are now; asked again each time
 * @param onTrouble hears of each connection that is given up
 * @returns ends the watch
 */
export function watchConnections(
  connections: () => readonly Soundable[],
  onTrouble: (error: unknown) => void,
): () => void {
  const underWay = new Set<Soundable>();
  const timer = setInterval(() => {
    for (const connection of connections()) {
      if (!connection.isReady || underWay.has(connection)) continue;
      underWay.add(connection);
      void answers(connection).then((isAlive) => {
        underWay.delete(connection);
        if (!isAlive) renew(connection, onTrouble);
      });
    }
  }, PERIOD_MS);
  return () => clearInterval(timer);
}

/** Any answer is a sign of life, an error too. */
function answers(connection: Soundable): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      // When this process itself has been stopped, the answer may be here already and only not have been read.
      setImmediate(() => resolve(false));
    }, SILENCE_MS);
    const answered = (): void => {
      clearTimeout(timer);
      resolve(true);
    };
    connection.sendCommand(['PING']).then(answered, answered);
  });
}

function renew(connection: Soundable, onTrouble: (error: unknown) => void): void {
  if (!connection.isReady) return;
  onTrouble(new Error(`no sign of life for ${SILENCE_MS} ms`));
  connection.destroy();
  connection.connect().catch(onTrouble);
}
