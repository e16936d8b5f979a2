import { expect } from 'chai';
import { Command, CommanderError } from 'commander';
import { parseDuration } from '../protocol/cli.ts';
import { clientCommand } from './main.ts';
import { launchedAs, resumeCommand } from './resume-command.ts';

/** What commander says of a command line that it refuses. */
function refusalOf(...args: string[]): string {
  const command = clientCommand().exitOverride();
  let text = '';
  command.configureOutput({
    writeErr: (more) => {
      text += more;
    },
  });
  expect(() => command.parse(args, { from: 'user' })).to.throw(CommanderError);
  return text;
}

describe('client command line', () => {
  const SERVER = ['--server', 'localhost:9000'];
  const cases: readonly [string[], string][] = [
    [[], "required option '--server <host:port>' not specified"],
    [['--server', 'foo'], 'address: expected HOST:PORT, such as localhost:9000 or [::1]:9000, got "foo"'],
    [['--server', 'foo:0'], 'port: expected 1..65535, got "0"'],
    [[...SERVER, '--count', '0'], 'count: expected 1..65535, got "0"'],
    [[...SERVER, '--count', '65536'], 'count: expected 1..65535, got "65536"'],
    [[...SERVER, '--count', 'ten'], 'count: expected 1..65535, got "ten"'],
    [[...SERVER, '--profile', 'chatty'], 'profile: expected stateful or stateless, got "chatty"'],
    [[...SERVER, '--client-id', 'me'], 'client-id: expected UUID text of 36 characters, not nil, got "me"'],
    [[...SERVER, '--ratio', '4'], 'ratio: expected 2..3, got "4"'],
    [
      [...SERVER, '--give-up', '5'],
      'duration: expected a number with its unit ms, s or m, such as 500ms or 30s, got "5"',
    ],
    [[...SERVER, '--connect-attempts', '4'], 'connect-attempts: expected 5..1000000, got "4"'],
    [[...SERVER, '--colour'], "unknown option '--colour'"],
    [[...SERVER, 'more'], 'too many arguments'],
    [['--driver', '--count', '3'], "option '--driver' cannot be used with option '--count <n>'"],
  ];
  for (const [args, text] of cases) {
    it(`refuses "${args.join(' ')}" in one line`, () => {
      const said = refusalOf(...args);
      expect(said).to.include(text);
      expect(said.trim().split('\n')).to.have.length(1);
    });
  }

  it('tells examples and exit statuses in its help', () => {
    let help = '';
    const command = clientCommand().exitOverride();
    command.configureOutput({
      writeOut: (text) => {
        help += text;
      },
    });
    expect(() => command.parse(['--help'], { from: 'user' })).to.throw(CommanderError);
    for (const text of ['--state run.jsonl', '130 interrupted', 'RESEQ_SERVER', '(default: 5m, or 4 intervals)'])
      expect(help.replace(/\s+/g, ' ')).to.include(text);
  });

  it('is a command that a program can take in', () => {
    expect(new Command().addCommand(clientCommand()).commands.map((command) => command.name())).to.deep.equal([
      'client',
    ]);
  });
});

describe('resume command', () => {
  const FLAGS = { server: '[::1]:9000', confirm: true, connectAttempts: 10 };

  it('is what the user typed, whatever started the program', () => {
    expect(launchedAs({ argv: ['node', 'x/reseq.ts'], env: { npm_lifecycle_event: 'client' }, execArgv: [] })).to.equal(
      'npm run client --',
    );
    expect(launchedAs({ argv: ['node', '/x/node_modules/.bin/reseq'], env: {}, execArgv: [] })).to.equal(
      'npx reseq client',
    );
    expect(launchedAs({ argv: ['node', '/x/dist/bin/reseq.js'], env: {}, execArgv: [] })).to.equal('npx reseq client');
    expect(
      launchedAs({ argv: ['node', `${process.cwd()}/bin/reseq.ts`], env: {}, execArgv: ['--import', 'tsx'] }),
    ).to.equal('node --import tsx bin/reseq.ts client');
  });

  it('repeats the flags that a state file does not hold', () => {
    const flags = { ...FLAGS, confirm: false, prefixChecksum: true, json: true, tls: true, cacert: 'ca.pem' };
    expect(resumeCommand('npx reseq client', flags, 'run.jsonl')).to.equal(
      'npx reseq client --server [::1]:9000 --state run.jsonl --no-confirm --prefix-checksum --json --tls --cacert ca.pem',
    );
  });

  it('repeats how long to try, where the user has said it, in words that the command takes', () => {
    const command = resumeCommand('reseq', { ...FLAGS, giveUp: 90_000, connectAttempts: 20 }, 'run.jsonl');
    expect(command).to.equal('reseq --server [::1]:9000 --state run.jsonl --give-up 90000ms --connect-attempts 20');
    expect(parseDuration('90000ms')).to.equal(90_000);
  });

  it('quotes what a shell would split or expand', () => {
    expect(resumeCommand('reseq', FLAGS, "it's here.jsonl")).to.equal(
      "reseq --server [::1]:9000 --state 'it'\\''s here.jsonl'",
    );
  });
});
