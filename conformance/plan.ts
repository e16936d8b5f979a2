/** What a run will do: which checks, from which scenarios, how long. */

import { type HostPort, parseHostPort, UsageError } from '../protocol/cli.ts';
import type { Profile } from '../protocol/messages.ts';
import { type Check, EVERY_SCENARIO } from './check.ts';
import type { CaseToken } from './random.ts';

export interface Selection {
  /** Patterns of ids of checks, scenarios or requirements; `*` stands for anything. Empty = all. */
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly profile?: Profile;
}

export interface Plan<S extends { readonly id: string }> {
  readonly checks: readonly Check[];
  /** Longest first. */
  readonly scenarios: readonly S[];
}

/**
 * Choose the checks and the scenarios that they need.
 * @throws {UsageError} when a pattern matches nothing or nothing is left
 */
export function select<S extends { readonly id: string }>(
  scenarios: readonly S[],
  checks: readonly Check[],
  selection: Selection,
): Plan<S> {
  for (const pattern of [...selection.only, ...selection.skip]) {
    if (!checks.some((check) => matches(check, pattern))) {
      throw new UsageError('--only/--skip', 'the id of a check, scenario or requirement (see `list`)', pattern);
    }
  }
  const chosen = checks.filter(
    (check) =>
      (selection.only.length === 0 || selection.only.some((pattern) => matches(check, pattern))) &&
      !selection.skip.some((pattern) => matches(check, pattern)) &&
      (selection.profile === undefined || check.profile === 'any' || check.profile === selection.profile),
  );
  if (chosen.length === 0) throw new UsageError('--only/--skip/--profile', 'at least one check to be left', 'none');
  const needed = new Set(chosen.map((check) => check.scenario));
  const everything = needed.has(EVERY_SCENARIO);
  return { checks: chosen, scenarios: scenarios.filter((scenario) => everything || needed.has(scenario.id)) };
}

/** Whether a pattern names the check, its scenario or one of its requirements. */
export function matches(check: Check, pattern: string): boolean {
  const regex = new RegExp(`^${pattern.split('*').map(escapeRegex).join('.*')}$`, 'i');
  const ids = [check.id, check.scenario, ...check.requirements.map((pin) => pin.slice(0, pin.indexOf('@')))];
  return ids.some((id) => regex.test(id));
}

function escapeRegex(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}

/**
 * `localhost:9000` or `grpc://localhost:9000`.
 * @throws {UsageError} on another binding or a malformed address
 */
export function parseServerUrl(text: string): HostPort {
  const [, scheme, address] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*?)\/?$/i.exec(text) ?? [];
  if (scheme !== undefined && scheme !== 'grpc') {
    throw new UsageError('--server', 'HOST:PORT or grpc://HOST:PORT', text);
  }
  return parseHostPort(address ?? '');
}

/** A replay token: `7f3a` is a seed, `7f3a:12` one random case of it, `7f3a:12.3` one that was made smaller. */
export interface ReplayToken {
  readonly seed: number;
  readonly only?: CaseToken;
}

/** @throws {UsageError} */
export function parseReplay(text: string): ReplayToken {
  const match = /^([0-9a-f]{1,8})(?::(\d{1,6}(?:\.\d{1,3})*))?$/i.exec(text);
  if (match === null) throw new UsageError('--seed/--replay', 'hex digits, as in 7f3a or 7f3a:12 or 7f3a:12.3', text);
  const seed = Number.parseInt(match[1] ?? '', 16);
  const [index, ...path] = match[2]?.split('.').map(Number) ?? [];
  return index === undefined ? { seed } : { seed, only: { index, path } };
}
