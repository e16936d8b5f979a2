/**
 * What a hostile run has come to: its verdict, as a table and as JSON.
 */
import { table } from '../bench/table.ts';
import type { Tally, Verdict } from './category.ts';
import type { RunResult } from './run/program.ts';

/** Growth of the server's memory from the first tenth of the inputs to the end that counts as none. */
const GROWTH_SHARE = 0.5;
const GROWTH_MIB = 64;
/** A client would give the connection up: max(3 intervals, this), RSQ-LIV-1. */
const LIVENESS_MS = 5_000;

/** `unclear`: the measuring process itself did not get to run. */
export type Outcome = 'withstood' | 'failed' | 'unclear';

/** @returns what is wrong apart from single categories; empty when nothing is */
export function complaints(result: RunResult): string[] {
  const { crashed, victim, health, memory, left } = result;
  const wrong: string[] = [];
  if (crashed) wrong.push('the server has crashed');
  if (victim !== undefined) wrong.push(`the session whose id was abused has ended: ${victim}`);
  for (const fault of new Set(health.faults)) wrong.push(`a healthy session was disturbed: ${fault}`);
  if (worstLateness(result) > LIVENESS_MS && health.ownLagMs < LIVENESS_MS / 2)
    wrong.push('healthy sessions were late by more than 5 s');
  if (memory !== undefined && memory.after > memory.before + Math.max(GROWTH_MIB, GROWTH_SHARE * memory.before)) {
    wrong.push(`memory grew from ${memory.before.toFixed(0)} to ${memory.after.toFixed(0)} MiB`);
  }
  for (const [what, count] of Object.entries(left ?? {})) {
    if (count > 0) wrong.push(`${count} ${what} are left`);
  }
  return wrong;
}

export function outcomeOf(result: RunResult): Outcome {
  const isBad = result.tallies.some(({ verdict }) => verdict === 'FAIL' || verdict === 'CRASH');
  if (isBad || complaints(result).length > 0) return 'failed';
  return result.health.ownLagMs > LIVENESS_MS / 2 || result.health.items === 0 ? 'unclear' : 'withstood';
}

function worstLateness({ health }: RunResult): number {
  return Math.max(0, ...Object.values(health.lateness).map(({ max }) => max));
}

export function asText(result: RunResult, seed: number): string {
  const { tallies, health, memory, left } = result;
  const ms = (value: number): string => value.toFixed(1);
  const rows = tallies.map(({ name, rule, inputs, expected, answers, verdict }) => [
    name,
    inputs,
    expected.join(' | '),
    [...answers].map(([answer, count]) => `${answer} x${count}`).join(', ') || '-',
    rule,
    verdict,
  ]);
  const lateness = Object.entries(health.lateness)
    .filter(([phase]) => phase !== 'before')
    .map(([phase, { items, p50, p99, max }]) => [phase, items, ms(p50), ms(p99), ms(max)]);
  const lines = [
    table([['category', 'inputs', 'expected', 'answers', 'rule', 'verdict'], ...rows]),
    table([['lateness of healthy items', 'items', 'p50 ms', 'p99 ms', 'max ms'], ...lateness]),
    `healthy sessions ${health.sessions}, items ${health.items}, not right ${health.faults.length}; their own process stood still for at most ${ms(health.ownLagMs)} ms\n`,
    memory === undefined
      ? ''
      : `memory of the server: ${memory.before.toFixed(0)} MiB after a tenth of the inputs, ${memory.peak.toFixed(0)} at its peak, ${memory.after.toFixed(0)} after all of them\n`,
    left === undefined
      ? ''
      : `left at the end: ${left.sessions} sessions, ${left.connections} streams, ${left.sockets} connections\n`,
    ...tallies.flatMap(({ name, example }) => (example === undefined ? [] : [`FAIL ${name}: ${example}\n`])),
    ...complaints(result).map((complaint) => `FAIL ${complaint}\n`),
  ];
  return `${lines.filter((line) => line !== '').join('\n')}\n${summary(result, seed)}\n`;
}

/** The last line, which scripts read. */
export function summary(result: RunResult, seed: number): string {
  const count = (wanted: Verdict): number => result.tallies.filter(({ verdict }) => verdict === wanted).length;
  const others = complaints(result).length;
  return (
    `hostile: ${count('PASS')} PASS, ${count('NON-STRICT')} NON-STRICT, ${count('FAIL') + others} FAIL, ` +
    `${count('CRASH')} CRASH (${result.inputs} inputs in ${(result.tookMs / 1_000).toFixed(1)} s, seed ${seed})`
  );
}

export function asJson(result: RunResult, seed: number): string {
  const tallies = result.tallies.map((tally: Tally) => ({ ...tally, answers: Object.fromEntries(tally.answers) }));
  return `${JSON.stringify({ seed, outcome: outcomeOf(result), complaints: complaints(result), ...result, tallies })}\n`;
}
