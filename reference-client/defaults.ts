/** What a client does unless told otherwise; each can be set by its user. */

/** Time without a new item after which a run ends as unreachable: this, and so many intervals (RSQ-BAK-6). */
export const DEFAULT_GIVE_UP_MS = 300_000;
export const DEFAULT_GIVE_UP_INTERVALS = 4;
/** Dials after which a run that was never opened ends as unreachable (RSQ-BAK-6: at least 5). */
export const DEFAULT_CONNECT_ATTEMPTS = 10;
/** Items that wait for a slow reader before the connection is no longer read. */
export const DEFAULT_BUFFER = 1_024;
