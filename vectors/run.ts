/**
 * The command behind `npm run vectors`: checks the vectors themselves, or with --against another
 * implementation. See README.md.
 */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { splitCommand } from '../conformance/target/process.ts';
import { parseDuration, parseIntIn } from '../protocol/cli.ts';
import { describeDifference, type FileVerdict, judge } from './against.ts';
import { checkFile, type FileReport, requirementIds } from './check.ts';
import { ChildFault, ChildResponder } from './child.ts';
import { readJson, readSchema, vectorFileNames, vectorFileOf } from './files.ts';

const EXIT_OK = 0;
const EXIT_DIFFERENT = 1;
const EXIT_USAGE = 2;
const EXIT_UNDECIDED = 3;

interface Options {
  readonly against?: string[];
  readonly only?: string;
  readonly differences: number;
  readonly timeout: number;
}

/** Where the lines go: results, and everything else. */
export interface Printer {
  result(line: string): void;
  note(line: string): void;
}

function parseOptions(args: readonly string[], printer: Printer): Options {
  return new Command('vectors')
    .description('checks the golden vectors, or another implementation by them')
    .option('--against <command>', 'program that answers on stdout, a JSON object a line (no shell)', parseCommand)
    .option('--only <text>', 'only files whose name contains this text')
    .option('--differences <count>', 'wrong answers that are shown in full', parseIntIn('differences', 0, 100_000), 5)
    .option('--timeout <time>', 'longest wait for one answer', parseDuration, parseDuration('10s'))
    .exitOverride()
    .configureOutput({
      writeOut: (text) => printer.result(text.trimEnd()),
      writeErr: (text) => printer.note(text.trimEnd()),
    })
    .parse(args, { from: 'user' })
    .opts<Options>();
}

function parseCommand(line: string): string[] {
  try {
    return splitCommand(line);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

/** Runs the command with its arguments; gives the exit code. */
export async function run(args: readonly string[], printer: Printer): Promise<number> {
  try {
    return await check(parseOptions(args, printer), printer);
  } catch (error) {
    // commander has told what was wrong, or printed its help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
    throw error;
  }
}

async function check({ against, only = '', differences, timeout }: Options, printer: Printer): Promise<number> {
  const names = vectorFileNames().filter((name) => name.includes(only));
  if (names.length === 0) {
    printer.note(`only: expected a part of the name of a file, got ${JSON.stringify(only)}`);
    return EXIT_USAGE;
  }
  const reports = checkOwn(names);
  const isSound = reports.every(({ problems }) => problems.length === 0);
  if (against === undefined || !isSound) return tellOwn(reports, printer);
  return await checkOther(against, names, differences, timeout, printer);
}

function checkOwn(names: readonly string[]): FileReport[] {
  const schema = readSchema();
  const ids = requirementIds();
  return names.map((name) => checkFile(name, readJson(name), schema, ids));
}

function tellOwn(reports: readonly FileReport[], printer: Printer): number {
  for (const { name, vectors, problems } of reports) {
    printer.result(problems.length === 0 ? `${name} ${vectors} ok` : `${name} ${problems.length} WRONG`);
    for (const problem of problems) printer.result(`  ${problem}`);
  }
  const wrong = reports.filter(({ problems }) => problems.length > 0).length;
  const total = reports.reduce((sum, { vectors }) => sum + vectors, 0);
  printer.result(
    `${reports.length} files, ${total} vectors, checked by the oracle: ${wrong === 0 ? 'all ok' : `${wrong} files WRONG`}`,
  );
  return wrong === 0 ? EXIT_OK : EXIT_DIFFERENT;
}

async function checkOther(
  argv: readonly string[],
  names: readonly string[],
  shown: number,
  answerMs: number,
  printer: Printer,
): Promise<number> {
  const responder = new ChildResponder(argv, answerMs);
  const verdicts: FileVerdict[] = [];
  try {
    for (const name of names) {
      const verdict = await judge(vectorFileOf(name, readJson(name)), responder);
      verdicts.push(verdict);
      tellVerdict(verdict, printer);
    }
  } catch (error) {
    if (!(error instanceof ChildFault)) throw error;
    printer.note(`could not tell: ${error.message}`);
    tellDifferences(verdicts, shown, printer);
    return EXIT_UNDECIDED;
  } finally {
    responder.stop();
  }
  tellDifferences(verdicts, shown, printer);
  return tellSummary(verdicts, printer);
}

function tellVerdict({ name, right, unsupported, differences }: FileVerdict, printer: Printer): void {
  const parts = [`${right} ok`];
  if (differences.length > 0) parts.push(`${differences.length} WRONG`);
  if (unsupported > 0) parts.push(`${unsupported} unsupported`);
  printer.result(`${name} ${parts.join(', ')}`);
}

function tellDifferences(verdicts: readonly FileVerdict[], shown: number, printer: Printer): void {
  const all = verdicts.flatMap(({ name, differences }) => differences.map((difference) => ({ name, difference })));
  for (const { name, difference } of all.slice(0, shown)) {
    printer.result(['', ...describeDifference(name, difference)].join('\n'));
  }
  if (all.length > shown) printer.result(`\n${all.length - shown} more differences, see --differences`);
}

function tellSummary(verdicts: readonly FileVerdict[], printer: Printer): number {
  const sum = (count: (verdict: FileVerdict) => number): number =>
    verdicts.reduce((total, one) => total + count(one), 0);
  const right = sum((verdict) => verdict.right);
  const wrong = sum(({ differences }) => differences.length);
  const unsupported = sum((verdict) => verdict.unsupported);
  printer.result(`\n${right + wrong + unsupported} asked: ${right} right, ${wrong} wrong, ${unsupported} unsupported`);
  if (wrong > 0) return EXIT_DIFFERENT;
  if (right > 0) return EXIT_OK;
  printer.note('could not tell: nothing is supported');
  return EXIT_UNDECIDED;
}
