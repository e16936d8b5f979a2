/** The requirements of the specification, as extracted into spec/requirements.json, and the pins of the checks. */

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Check, RequirementPin, Side } from '../check.ts';

export interface Requirement {
  readonly id: string;
  readonly level: string;
  readonly role: 'server' | 'client' | 'both' | 'store' | 'document';
  readonly class: 'auto' | 'timing' | 'store' | 'driver' | 'inspect';
  /** `spec/core.md` */
  readonly file: string;
  /** Number and title, for people. */
  readonly section: string;
  readonly sentence: string;
  /** SHA-256 of the sentence, hex. */
  readonly sha256: string;
}

/** Digits of the sentence's hash in a pin. */
export const PIN_DIGITS = 12;

let loaded: ReadonlyMap<string, Requirement> | undefined;

/** All requirements by id. @throws when spec/requirements.json is missing or has another shape */
export function requirements(): ReadonlyMap<string, Requirement> {
  loaded ??= load();
  return loaded;
}

function load(): ReadonlyMap<string, Requirement> {
  const parsed: unknown = JSON.parse(readFileSync(specFile('requirements.json'), 'utf8'));
  const list = Array.isArray(parsed) ? parsed : isRecord(parsed) ? parsed['requirements'] : undefined;
  if (!Array.isArray(list)) throw new Error('spec/requirements.json: expected a list of requirements');
  return new Map(list.filter(isRequirement).map((requirement) => [requirement.id, requirement]));
}

/** The spec folder is beside conformance/ in the source and one level higher in a build. */
function specFile(name: string): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (let up = 0; up < 4; up++) {
    folder = dirname(folder);
    const file = join(folder, 'spec', name);
    if (readable(file)) return file;
  }
  throw new Error(`spec/${name}: not found beside the suite`);
}

function readable(file: string): boolean {
  try {
    readFileSync(file);
    return true;
  } catch {
    return false;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isRequirement(value: unknown): value is Requirement {
  return (
    isRecord(value) &&
    ['id', 'level', 'role', 'class', 'file', 'section', 'sentence', 'sha256'].every(
      (key) => typeof value[key] === 'string',
    )
  );
}

/** Id part of a pin. */
export function pinnedId(pin: RequirementPin): string {
  return pin.slice(0, pin.indexOf('@'));
}

/** Pins whose requirement has vanished or whose sentence has changed since the check was written. */
export function stalePins(check: Check, all: ReadonlyMap<string, Requirement>): RequirementPin[] {
  return check.requirements.filter(
    (pin) => all.get(pinnedId(pin))?.sha256.slice(0, PIN_DIGITS) !== pin.slice(pin.indexOf('@') + 1),
  );
}

/** Requirements that this side's suite has to judge: MUST-like, of that role, visible on the wire. */
export function testable(side: Side, all: ReadonlyMap<string, Requirement>): Requirement[] {
  return [...all.values()].filter(
    (r) => (r.role === side || r.role === 'both') && (r.class === 'auto' || r.class === 'timing'),
  );
}

/** Requirements of servers that show on a shared store only. What a store by itself has to do is judged by the store contract. */
export function storeTestable(all: ReadonlyMap<string, Requirement>): Requirement[] {
  return [...all.values()].filter((r) => r.role === 'server' && r.class === 'store');
}

/** Requirements of clients that show on a driver's lines only. */
export function driverTestable(all: ReadonlyMap<string, Requirement>): Requirement[] {
  return [...all.values()].filter((r) => r.class === 'driver');
}

/** MUST, MUST NOT, SHALL, SHALL NOT, REQUIRED. */
export function isMust(requirement: Requirement): boolean {
  return /^(MUST|SHALL|REQUIRED)/.test(requirement.level);
}

/** Whether breaking the check is a WARN: all that it pins is a SHOULD. */
export function isShouldCheck(check: Check, all: ReadonlyMap<string, Requirement>): boolean {
  return check.requirements.length > 0 && check.requirements.every((pin) => isShould(all.get(pinnedId(pin))));
}

function isShould(requirement: Requirement | undefined): boolean {
  return requirement !== undefined && !isMust(requirement);
}
