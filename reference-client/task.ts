/**
 * Makes the task of a run out of what its user said and random choices for the rest.
 */
import { v4 } from 'uuid';
import { parseClientId } from '../protocol/client-id.ts';
import { invalid } from '../protocol/errors.ts';
import { MAX_COUNT } from '../protocol/limits.ts';
import { EXTENSIONS, type Extension, type Profile, type Ratio } from '../protocol/messages.ts';
import type { Random } from '../protocol/random.ts';
import type { Task } from './records.ts';

/** What the user said; what is absent is up to us. */
export interface TaskWish {
  /** Default stateful. */
  readonly profile?: Profile | undefined;
  /** 1..65535, random when absent. */
  readonly count?: number | undefined;
  /** Stateful; UUID text, random (version 4) when absent. */
  readonly clientId?: string | undefined;
  /** Stateless; 2 when absent. */
  readonly ratio?: Ratio | undefined;
}

export interface ExtensionWish {
  /** Ask for confirm-final; default true. */
  readonly confirm?: boolean | undefined;
  /** Ask for prefix-checksum; default false. */
  readonly prefixChecksum?: boolean | undefined;
}

/** @throws ReseqError (INVALID_REQUEST) for a count or client id out of range */
export function createTask(wish: TaskWish, random: Random): Task {
  const count = wish.count ?? randomCount(random);
  if (!Number.isInteger(count) || count < 1 || count > MAX_COUNT) throw invalid('count', `1..${MAX_COUNT}`, count);
  if (wish.profile === 'stateless') return { profile: 'stateless', count, ratio: wish.ratio ?? 2 };
  const clientId = parseClientId(wish.clientId ?? v4({ random: random.bytes(16) }));
  if (!clientId.ok) throw clientId.error;
  return { profile: 'stateful', count, clientId: clientId.value };
}

/** The extensions to ask for: stateless sequences have none (RSQ-VER-5). */
export function extensionsOf(profile: Profile, { confirm = true, prefixChecksum = false }: ExtensionWish): Extension[] {
  if (profile === 'stateless') return [];
  const wanted: Record<Extension, boolean> = { 'confirm-final': confirm, 'prefix-checksum': prefixChecksum };
  return EXTENSIONS.filter((name) => wanted[name]);
}

/** Uniform in 1..65535 to within one part in 65,000. */
function randomCount(random: Random): number {
  const [high = 0, middle = 0, low = 0, lowest = 0] = random.bytes(4);
  const fraction = (high * 2 ** 24 + middle * 2 ** 16 + low * 2 ** 8 + lowest) / 2 ** 32;
  return 1 + Math.floor(fraction * MAX_COUNT);
}
