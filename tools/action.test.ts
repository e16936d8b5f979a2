/**
 * The GitHub Action and the image: what stands in action.yml and Dockerfile, and the action's script, run with a suite that
 * only says how it was called.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { packageRoot } from '../protocol/package-root.ts';

interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: {
    readonly using: string;
    readonly steps: readonly {
      readonly id?: string;
      readonly uses?: string;
      readonly shell?: string;
      readonly run?: string;
      readonly env?: Readonly<Record<string, string>>;
    }[];
  };
}

const read = (name: string): string => readFileSync(join(packageRoot(), name), 'utf8');
/** Comes with mocha, which reads its own settings with it. */
const { load } = createRequire(createRequire(import.meta.url).resolve('mocha'))('js-yaml') as {
  readonly load: (text: string) => unknown;
};
const ACTION = load(read('action.yml')) as Action;
const JUDGE = ACTION.runs.steps.find(({ id }) => id === 'judge');

/** Says its arguments and what it was told to. */
const SUITE = `
  console.log(JSON.stringify(process.argv.slice(2)));
  process.exit(Number(process.env.SUITE_EXIT ?? 0));
`;

interface Judged {
  readonly status: number | null;
  readonly args: readonly string[];
  readonly outputs: string;
  readonly summary: string;
  readonly stdout: string;
}

describe('the GitHub Action', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'reseq-action-'));
    mkdirSync(join(folder, 'dist', 'bin'), { recursive: true });
    writeFileSync(join(folder, 'dist', 'bin', 'reseq.js'), SUITE);
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  /** Runs the script as a runner does, with these inputs and the defaults of the others. */
  function judge(inputs: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}): Judged {
    const values = Object.entries(JUDGE?.env ?? {}).map(([name, text]) => {
      const input = /^\$\{\{ inputs\.([a-z-]+) \}\}$/.exec(text)?.[1] ?? '';
      return [name, inputs[input] ?? ACTION.inputs[input]?.default ?? ''];
    });
    const files = { GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') };
    for (const file of Object.values(files)) writeFileSync(file, '');
    const script = join(folder, 'step.sh');
    writeFileSync(script, JUDGE?.run ?? '');
    const { status, stdout } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], GITHUB_ACTION_PATH: folder, ...files, ...Object.fromEntries(values), ...env },
    });
    const [first = ''] = stdout.split('\n');
    return {
      status,
      stdout,
      args: first.startsWith('[') ? (JSON.parse(first) as string[]) : [],
      outputs: readFileSync(files.GITHUB_OUTPUT, 'utf8'),
      summary: readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8'),
    };
  }

  const FILES = 'json=reseq-report/results.jsonl,junit=reseq-report/junit.xml,html=reseq-report/report.html';
  const REPORT = ['--report', `text,${FILES}`];

  it('judges two servers on one store, with further arguments', () => {
    const { status, args } = judge({
      server: 'localhost:9000  localhost:9001',
      store: 'redis://localhost',
      profile: 'stateful',
      args: '--only\nRSQ-RES-*\n\n--deadline\n2m\n',
    });
    expect(args).to.deep.equal([
      'conformance',
      ...['--server', 'localhost:9000', '--server', 'localhost:9001', '--store', 'redis://localhost'],
      ...['--profile', 'stateful', '--only', 'RSQ-RES-*', '--deadline', '2m', ...REPORT],
    ]);
    expect(status).to.equal(0);
  });

  it('hands commands on as one word each, and executes nothing in them', () => {
    const command = `./my "server" $(touch ${'pwned'}) \`touch pwned\`; touch pwned --port {port}`;
    for (const [input, flag] of [
      ['server-cmd', '--server-cmd'],
      ['client-cmd', '--client-cmd'],
      ['client-driver', '--client-driver'],
    ] as const) {
      expect(judge({ [input]: command }).args).to.deep.equal(['conformance', flag, command, ...REPORT]);
    }
    judge({ server: command, store: command, profile: command, args: command });
    expect(existsSync(join(folder, 'pwned'))).to.equal(false);
  });

  it('gives exit code, results and a summary, and fails as the suite does', () => {
    for (const code of ['0', '1', '3']) {
      const { status, outputs, summary } = judge({}, { SUITE_EXIT: code });
      expect(status).to.equal(Number(code));
      expect(outputs).to.equal(`exit-code=${code}\nresults=reseq-report/results.jsonl\n`);
      expect(summary).to.match(/^```text\n\["conformance".*\n```\n$/);
    }
  });

  it('refuses a report folder that would be something else', () => {
    for (const report of ['', 'a,junit=b', 'a\nexit-code=0']) {
      const { status, stdout, outputs } = judge({ report });
      expect(status).to.equal(2);
      expect(stdout).to.include('report: expected a folder');
      expect(outputs).to.equal('');
    }
  });

  it('has no expression in a script, and a variable for each input', () => {
    const scripts = ACTION.runs.steps.map(({ run = '' }) => run);
    expect(scripts.filter((script) => script.includes('${{'))).to.deep.equal([]);
    expect(Object.values(JUDGE?.env ?? {})).to.have.members(
      Object.keys(ACTION.inputs).map((name) => `\${{ inputs.${name} }}`),
    );
    expect(ACTION.runs.using).to.equal('composite');
    expect(ACTION.runs.steps.every(({ uses, shell }) => uses !== undefined || shell === 'bash')).to.equal(true);
    for (const { value } of Object.values(ACTION.outputs)) expect(value).to.match(/^\$\{\{ steps\.judge\.outputs\./);
  });
});

describe('the image', () => {
  const lines = read('Dockerfile').split('\n');
  const { name, bin } = JSON.parse(read('package.json')) as { name: string; bin: Record<string, string> };

  it('runs the packed suite without being root', () => {
    const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
    const entry = JSON.parse(last.find((line) => line.startsWith('ENTRYPOINT '))?.slice('ENTRYPOINT '.length) ?? '[]');
    expect(entry).to.deep.equal(['node', `/suite/node_modules/${name}/${bin['reseq']}`, 'conformance']);
    expect(last).to.include('USER node');
    expect(last.filter((line) => line.startsWith('RUN '))).to.deep.equal([]);
  });

  it('is built without what a clean clone does not have', () => {
    expect(read('.dockerignore').trim().split('\n')).to.include.members(['.git', 'node_modules', 'dist']);
  });
});
