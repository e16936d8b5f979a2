/**
 * Stateful sessions on the rig, and the published numbers that they send.
 */

import type { StoreOperation } from '../session.ts';
import { StatefulSession } from '../stateful-session.ts';
import type { Outcome } from '../store/store.ts';
import { CLIENT_ID, Rig, type Script, settings, willing } from './rig.ts';

/** Golden values: the generator's published demo (seed 42, stream 54) and the specification's transcript. */
export const DEMO = [0xa15c02b7, 0x7b47f409, 0xba1d3330, 0x83d2f293, 0xbfa4784b, 0xcbed606e];
export const DEMO_CHECKSUM = '25684b8d9203e764b3ffc98d182e2d16e84223561e4de30e87e959b05577e223';
export const RESUME_KEY = '3b5051690769775ee29de3eef00223dd';

export interface StartWords {
  readonly n?: number;
  readonly attempt?: number | undefined;
  readonly extensions?: readonly string[];
  readonly script?: Script;
  readonly changes?: Parameters<typeof settings>[0];
}

export function start({ n = 6, attempt = 1, extensions = [], script = willing(), changes = {} }: StartWords = {}): Rig {
  const request = { kind: 'stateful-start', clientId: CLIENT_ID, n, attempt } as const;
  return new Rig(new StatefulSession(settings(changes), request, extensions), script).open();
}

export interface ResumeWords extends StartWords {
  readonly nextIndex?: number;
  readonly resumeKey?: string;
}

export function resume({
  n = 6,
  nextIndex = 3,
  attempt = 2,
  extensions = [],
  resumeKey = RESUME_KEY,
  script = willing(n),
  changes = {},
}: ResumeWords = {}): Rig {
  const request = {
    kind: 'stateful-resume',
    clientId: CLIENT_ID,
    nextIndex,
    resumeKey: Buffer.from(resumeKey, 'hex'),
    attempt,
  } as const;
  return new Rig(new StatefulSession(settings(changes), request, extensions), script).open();
}

export const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');

/** As `willing`, with other answers for some kinds of operation. */
export function script(special: Partial<Record<StoreOperation['kind'], Script>>): Script {
  const usual = willing(6);
  return (operation) => (special[operation.kind] ?? usual)(operation);
}

export const silent: Script = () => undefined;
export const failing: Script = ({ atMs }) => ({ kind: 'store-failed', atMs });
export const renewing =
  (outcome: Outcome): Script =>
  (operation) =>
    operation.kind === 'renew' ? { kind: 'renewed', atMs: operation.atMs, ttlMs: operation.ttlMs, outcome } : undefined;
