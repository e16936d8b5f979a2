/**
 * One run of the command: state file, progress, result line, exit status. Spec: cli.md.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../protocol/cli.ts';
import type { Clock } from '../protocol/clock.ts';
import type { Random } from '../protocol/random.ts';
import { Client } from './client.ts';
import type { ClientFlags } from './flags.ts';
import { connectHint, type HintContext, hintFor } from './hints.ts';
import type { Binding } from './link.ts';
import { EXIT_CODES } from './outcome.ts';
import { Progress } from './progress.ts';
import { Journal, type JournalRecord, type Task, toHex } from './records.ts';
import { type ClientResult, formatResult } from './result.ts';
import { resumeCommand } from './resume-command.ts';
import { openStateFile, saveSnapshot } from './state-file.ts';
import { createTask, extensionsOf } from './task.ts';
import { duration, oneLine, plainWords } from './words.ts';

/** Where a run shows itself. */
export interface Console {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** `err` is a terminal. */
  readonly isTerminal: boolean;
  /** Width of the terminal now. */
  readonly columns: () => number;
  readonly color: boolean;
}

export interface Surroundings {
  readonly binding: Binding;
  readonly clock: Clock;
  readonly random: Random;
  readonly console: Console;
  /** How the program was started, up to its flags. */
  readonly launchedAs: string;
  /** Calls back when the user wants the run to end. @returns stops listening */
  readonly onSignal: (interrupt: () => void) => () => void;
}

/** The books of a run and where they are kept. */
interface Books {
  readonly journal: Journal;
  /** Undefined when the run is kept in memory. */
  readonly append: ((record: JournalRecord) => void) | undefined;
  readonly close: () => void;
}

/** @returns the exit status @throws UsageError for flags that do not go together, or with the state file */
export async function runCommand(flags: ClientFlags, surroundings: Surroundings): Promise<number> {
  checkTogether(flags);
  const books = openBooks(flags, surroundings.random);
  try {
    return await runBooks(books, flags, surroundings);
  } finally {
    books.close();
  }
}

async function runBooks(books: Books, flags: ClientFlags, surroundings: Surroundings): Promise<number> {
  const { binding, clock, random, console, onSignal } = surroundings;
  const { journal } = books;
  const { task } = journal;
  const context = (): HintContext => ({
    server: flags.server,
    tls: (flags.tls ?? flags.cacert ?? flags.cert) !== undefined,
    isOpened: journal.learnt !== undefined,
  });
  const progress = new Progress({
    mode: progressMode(flags, console),
    task,
    accepted: journal.accepted,
    dials: journal.attempt,
    clock,
    write: console.err,
    columns: console.columns,
    color: console.color,
    describe: (error) => connectHint(error, context()) ?? plainWords(error.detail),
  });
  const client = new Client({
    journal,
    binding,
    clock,
    random,
    extensions: extensionsOf(task.profile, flags),
    giveUpMs: flags.giveUp,
    connectAttempts: flags.connectAttempts,
    persist: books.append,
    notify: (notice) => progress.notice(notice),
  });
  const stopListening = onSignal(() => client.interrupt());
  client.start();
  const result = await client.result.finally(() => {
    stopListening();
    progress.clear();
  });
  // First of all: whatever becomes of the advice, the result is told (RSQ-CLI-4).
  console.out(`${formatResult(result)}\n`);
  const { silentMs, retentionMs } = progress;
  explain(result, { ...context(), silentMs, retentionMs }, console);
  adviseResume(books.journal, flags, surroundings, retentionMs);
  return EXIT_CODES[result.result];
}

function progressMode(flags: ClientFlags, console: Console): 'line' | 'json' | 'none' {
  if (flags.json) return 'json';
  return console.isTerminal ? 'line' : 'none';
}

function checkTogether({ profile, clientId, ratio }: ClientFlags): void {
  if (profile === 'stateless' && clientId !== undefined) {
    throw new UsageError('client-id', 'nothing, since stateless sequences have no name', clientId);
  }
  if (profile !== 'stateless' && ratio !== undefined)
    throw new UsageError('ratio', '--profile stateless beside it', ratio);
}

function openBooks(flags: ClientFlags, random: Random): Books {
  const begin = (): Task => createTask(flags, random);
  if (flags.state === undefined) return { journal: new Journal(begin()), append: undefined, close: () => {} };
  return openStateFile(flags.state, begin, (task) => judgeTask(flags, task));
}

/** What the user says again has to be what the file says; what is left out comes from the file. */
function judgeTask(flags: ClientFlags, task: Task): void {
  const found: Partial<Record<'profile' | 'count' | 'clientId' | 'ratio', unknown>> = { ...task };
  for (const name of ['profile', 'count', 'clientId', 'ratio'] as const) {
    const wanted = flags[name];
    if (wanted === undefined || wanted === found[name]) continue;
    const flag = name === 'clientId' ? 'client-id' : name;
    throw new UsageError(
      `state file ${flags.state}`,
      `a run with ${flag} ${wanted}`,
      `one with ${found[name] ?? 'none'}`,
    );
  }
}

/** To a person: why it ended, and what may help. */
function explain(result: ClientResult, context: HintContext, { err }: Console): void {
  if (result.result === 'complete') return;
  const { error, received, count } = result;
  const cause = error === undefined ? '' : `: ${plainWords(error.message)}`;
  const hint = hintFor(result, context);
  err(`${result.result} after ${received} of ${count} items${cause}\n`);
  if (hint !== undefined) err(`hint: ${hint}\n`);
}

/** To a person: the command that goes on, when there is something to go on with. */
function adviseResume(
  journal: Journal,
  flags: ClientFlags,
  { console, launchedAs, random }: Surroundings,
  retentionMs: number | undefined,
): void {
  if (journal.ended !== undefined || journal.learnt === undefined) return;
  const path = flags.state ?? save(journal, random, console);
  if (path === undefined) return;
  const limit = retentionMs === undefined ? '' : ` (the server keeps the session for ${duration(retentionMs)})`;
  console.err(`resume${limit}:\n  ${resumeCommand(launchedAs, flags, path)}\n`);
}

/** @returns where the run is kept now, undefined when that cannot be: advice is not worth another outcome (RSQ-CLI-6) */
function save(journal: Journal, random: Random, { err }: Console): string | undefined {
  const { task } = journal;
  const name = task.profile === 'stateful' ? task.clientId : `stateless-${toHex(random.bytes(4))}`;
  // Not beside the user's files: a session is worth keeping for seconds, not for ever.
  const file = join(tmpdir(), `reseq-${name}-${toHex(random.bytes(2))}.jsonl`);
  try {
    saveSnapshot(file, journal);
    return file;
  } catch (error) {
    err(`the run cannot be saved and resumed: ${error instanceof Error ? oneLine(error.message) : error}\n`);
    return undefined;
  }
}
