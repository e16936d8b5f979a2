/**
 * The golden vectors checked by every implementation, and the tests and formatters of their languages.
 */
import { type Check, Failure } from './check.ts';
import { GO, PYTHON } from './prepare.ts';
import { succeed } from './programs.ts';

/** A cold build of all tests of Go is the longest of them. */
const LIMIT_MS = 240_000;

/** @param python of its virtual environment */
export function ownChecks(python: string): Check[] {
  const vectors = [process.execPath, '--import', 'tsx', 'vectors/main.ts'];
  const checker = ['env', `PYTHONPATH=${PYTHON}`, python, '-m', 'reseq_vectors'];
  const go = ['go', '-C', GO];
  const ask = (argv: readonly string[]): Promise<string> => succeed(argv, LIMIT_MS);
  const check = (part: Check['part'], row: Check['needs'][number], column: string, run: Check['run']): Check => ({
    part,
    row,
    column,
    needs: [row],
    run,
  });
  return [
    check('vectors', 'TypeScript', 'own checker', async () => inAll(await ask(vectors))),
    check('vectors', 'Go', 'own checker', async () => {
      const events = await ask([...go, 'test', '-count=1', '-json', './internal/vectors']);
      return goVectors(events);
    }),
    check('vectors', 'Python', 'own checker', async () => inAll(await ask(checker))),
    check('vectors', 'Python', 'answers judged', async () =>
      inAll(await ask([...vectors, '--against', [...checker, '--answer'].join(' ')])),
    ),
    check('tests', 'Go', 'tests', async () => {
      await ask([...go, 'test', './...']);
      return '';
    }),
    check('tests', 'Go', 'style', async () => {
      const unformatted = await ask(['gofmt', '-l', GO]);
      if (unformatted !== '') throw new Failure(`gofmt would change ${unformatted.trim().split('\n').join(', ')}`);
      await ask([...go, 'vet', './...']);
      return '';
    }),
    check('tests', 'Python', 'tests', async () => {
      const tests = ['-m', 'unittest', 'discover', '-s', `${PYTHON}/tests`, '-t', PYTHON];
      await ask([python, ...tests]);
      return '';
    }),
    check('tests', 'Python', 'style', async () => {
      await ask([python, '-m', 'compileall', '-q', '-f', '-x', '[.]venv', PYTHON]);
      return '';
    }),
  ];
}

/** Adds up the lines `doubling.json 12 ok`. */
export function inAll(stdout: string): string {
  const counts = [...stdout.matchAll(/^[a-z0-9/-]+\.json (\d+) ok$/gm)].map(([, count]) => Number(count));
  return counted(counts.reduce((all, count) => all + count, 0));
}

/** Counts the vectors, the innermost tests, in what `go test -json` writes. */
export function goVectors(stdout: string): string {
  return counted([...stdout.matchAll(/"Action":"pass",[^\n]*"Test":"TestVectors\/[^/"]+\.json\/[^"]+"/g)].length);
}

/** @throws {Failure} for none: then nothing was checked */
function counted(vectors: number): string {
  if (vectors === 0) throw new Failure('no vector was checked');
  return String(vectors);
}
