/** Servers with one wrong decision each, and the checks that are there to find it. */

/** What a mutant must fail, and what may fail besides. */
export interface Declaration {
  /** What it does wrong, for the table. */
  readonly does: string;
  /** Every one of these checks must fail. */
  readonly fails: readonly string[];
  /** These may fail as well; any other failure is a fault of the suite. */
  readonly also?: readonly string[];
}

const BUGS = {
  'resumes-one-late': { does: 'a RESUME goes on one item too late', fails: [] },
  'resumes-one-early': { does: 'a RESUME goes on one item too early', fails: [] },
  'resume-at-0': { does: 'a RESUME begins at 0', fails: [] },
  'reseeds-on-resume': { does: 'each attach draws a new seed', fails: [] },
  'checksum-without-last': { does: 'the checksum leaves the last number out', fails: [] },
  'checksum-little-endian': { does: 'the checksum takes numbers in little-endian order', fails: [] },
  'checksum-of-decimals': { does: 'the checksum is over decimal text', fails: [] },
  'no-pace': { does: 'items come every 10 ms', fails: [] },
  'pace-too-fast': { does: 'items come at 0.95 intervals', fails: [] },
  'bursts-after-resume': { does: 'a RESUME begins with three items at once', fails: [] },
  'retention-too-short': { does: 'sessions are kept for 0.6 of the retention', fails: [] },
  'retention-too-long': { does: 'sessions are kept for twice the retention', fails: [] },
  'retention-never': { does: 'sessions are never discarded', fails: [] },
  'retention-from-start': { does: 'the retention counts from the last attach', fails: [] },
  'kept-after-final': { does: 'sessions are kept after FINAL', fails: [] },
  'stale-stream-finishes': { does: 'FINAL of a superseded stream discards the session', fails: [] },
  'stale-stream-detaches': { does: 'the end of a superseded stream starts the retention', fails: [] },
  'both-streams-live': { does: 'a takeover leaves the older stream alive', fails: [] },
  'takeover-refused': { does: 'a newer attempt for an attached session is refused', fails: [] },
  'other-n-accepted': { does: 'a START with another n begins a new session', fails: [] },
  'resume-creates': { does: 'a RESUME creates a session', fails: [] },
  'resume-key-ignored': { does: 'any resume key will do', fails: [] },
  'attempt-ignored': { does: 'stale attempts are served', fails: [] },
  'n-0-accepted': { does: 'n = 0 is served', fails: [] },
  'any-version': { does: 'any protocol_version is served', fails: [] },
  'wrong-code': { does: 'an index out of range is INVALID_REQUEST', fails: [] },
  'a-is-zero': { does: 'a is 0', fails: [] },
  'a-is-256': { does: 'a is 256', fails: [] },
  'doubling-wraps-at-32-bits': { does: 'values wrap at 32 bits', fails: [] },
  'doubling-in-doubles': { does: 'values go through a double', fails: [] },
  'describe-lies': { does: 'DESCRIBE says half the interval', fails: [] },
} satisfies Record<string, Declaration>;

export type ServerBug = keyof typeof BUGS;

export const SERVER_BUGS: Readonly<Record<ServerBug, Declaration>> = BUGS;
