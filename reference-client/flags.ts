/**
 * The flags of `reseq client` once they are parsed. Spec: cli.md section 1.
 */
import type { Profile, Ratio } from '../protocol/messages.ts';

/** Absent = not said by the user. Durations are milliseconds. */
export interface ClientFlags {
  readonly server: string;
  readonly profile?: Profile;
  readonly count?: number;
  readonly clientId?: string;
  readonly ratio?: Ratio;
  readonly confirm: boolean;
  readonly prefixChecksum?: boolean;
  readonly state?: string;
  readonly giveUp?: number;
  readonly connectAttempts: number;
  readonly json?: boolean;
  readonly driver?: boolean;
  readonly tls?: boolean;
  readonly cacert?: string;
  readonly cert?: string;
  readonly key?: string;
}
