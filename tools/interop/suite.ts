/**
 * Every implementation judged by the conformance suite, as its users call it.
 */
import { joinWords } from '../../conformance/reproduce.ts';
import { type Check, Failure, type Need, Unclear } from './check.ts';
import type { Implementation } from './prepare.ts';
import { finish } from './programs.ts';

/** Short runs, and yet a tenth of an interval, within which an item is in time, is more than a busy machine is late. */
const TIMES = ['--port', '{port}', '--interval', '200ms', '--retention', '4s'];
/** Servers that are killed and stopped beside the suite make it later. */
const SHARED = ['--port', '{port}', '--interval', '500ms', '--retention', '10s', '--store', '{store}'];
const LIMIT_MS = 180_000;
const EXIT_UNCLEAR = 3;

export function suiteChecks(implementations: readonly Implementation[]): Check[] {
  return implementations.flatMap(({ language, server, client, driver }): Check[] => {
    const judge = (column: string, option: string, argv: readonly string[], ...needs: Need[]): Check => ({
      part: 'suite',
      row: language,
      column,
      needs: [language, ...needs],
      run: () => judged([option, joinWords(argv)]),
    });
    return [
      ...(server === undefined
        ? []
        : [
            judge('server', '--server-cmd', [...server, ...TIMES]),
            judge('two servers on one Redis', '--server-cmd', [...server, ...SHARED], 'Redis'),
          ]),
      judge('client', '--client-cmd', client),
      ...(driver === undefined ? [] : [judge('driver', '--client-driver', driver)]),
    ];
  });
}

async function judged(target: readonly string[]): Promise<string> {
  const suite = [process.execPath, '--import', 'tsx', 'bin/reseq.ts', 'conformance'];
  const { code, stdout, stderr } = await finish([...suite, ...target], LIMIT_MS);
  if (code === 0) return /^MUST \S+/m.exec(stdout)?.[0] ?? '';
  const wrong = stdout.split('\n').filter((line) => /^(?:FAIL|ERROR|BLOCKED|INCONCLUSIVE) \S+:/.test(line));
  const reason = [`exit ${code}`, ...wrong].join('; ');
  throw new (code === EXIT_UNCLEAR ? Unclear : Failure)(reason, stdout + stderr);
}
