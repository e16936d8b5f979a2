/**
 * What the server needs of a session store. Spec: state.md section 3.
 *
 * Each operation is atomic. Times are relative milliseconds, measured on the store's own clock. A session that has
 * expired is the same as one that never was. An operation that cannot be carried out rejects; it never answers
 * "missing" because of an outage.
 */

/** All that is kept about a session, apart from its client id (the key) and its deadline. */
export interface SessionRecord {
  /** Length of the sequence, 1..65535. */
  readonly n: number;
  /** 64-bit seed of the generator. */
  readonly seed: bigint;
  /** Attempt of the connection that holds the session, or held it last, 1..2^32-1. */
  readonly attempt: number;
}

export type StartResult =
  /** There was no session: it has been made with the proposed seed. */
  | ({ readonly kind: 'created' } & SessionRecord)
  /** There was one with the same n and a lower attempt: its own seed counts. */
  | ({ readonly kind: 'attached' } & SessionRecord)
  /** There is one with another n; judged before `stale`. */
  | { readonly kind: 'conflict'; readonly n: number }
  /** The stored attempt is not below the one presented, or cannot be raised. */
  | { readonly kind: 'stale'; readonly attempt: number }
  /** There is none and there is no room for it. */
  | { readonly kind: 'full' };

export type AttachResult =
  | { readonly kind: 'attached'; readonly attempt: number }
  /** No session with this client id and this seed. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'stale'; readonly attempt: number };

/**
 * `missing`: no session with this client id and this seed.
 * `superseded`: the session lives under another attempt, and has not been touched.
 */
export type Outcome = 'ok' | 'superseded' | 'missing';

export interface SessionStore {
  /**
   * Makes a session, or attaches to the one that is there. `attempt` undefined stands for the stored one plus 1 (1 for
   * a new session). Sets the time to live to `ttlMs` when it creates or attaches and changes nothing otherwise.
   */
  start(
    clientId: string,
    n: number,
    seedProposal: bigint,
    attempt: number | undefined,
    ttlMs: number,
  ): Promise<StartResult>;

  /** Reads without any effect. */
  lookup(clientId: string): Promise<SessionRecord | undefined>;

  /** Attaches to the session with this seed if `attempt` (undefined: stored + 1) is above the stored one. */
  attach(clientId: string, seed: bigint, attempt: number | undefined, ttlMs: number): Promise<AttachResult>;

  /** Sets the time to live anew, for the holder alone. Detaching is renewing to the retention. */
  renew(clientId: string, seed: bigint, attempt: number, ttlMs: number): Promise<Outcome>;

  /** Deletes the session, for the holder alone. */
  finish(clientId: string, seed: bigint, attempt: number): Promise<Outcome>;
}
