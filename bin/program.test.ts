import { expect } from 'chai';
import { Command } from 'commander';
import { parseIntIn, UsageError } from '../protocol/cli.ts';
import { run, SUBCOMMANDS, type Subcommand } from './program.ts';

interface Outcome {
  readonly status: number | undefined;
  readonly out: string;
  readonly err: string;
  readonly ran: readonly unknown[];
  readonly loaded: readonly string[];
}

async function reseq(...args: string[]): Promise<Outcome> {
  const seen = { out: '', err: '', ran: [] as unknown[], loaded: [] as string[] };
  const count = (): Command =>
    new Command('count')
      .description('Counts.')
      .option('--to <n>', 'upper end', parseIntIn('to', 1, 9))
      .action((options: { to?: number }) => {
        if (options.to === 7) throw new UsageError('to', 'another number', 7);
        seen.ran.push(options.to);
      });
  const nested = (): Command => new Command('nested').addCommand(count());
  const subcommand = (name: string, make: () => Command): Subcommand => ({
    name,
    summary: `${name} summary`,
    load: async () => {
      seen.loaded.push(name);
      return make();
    },
  });
  const status = await run(args, {
    version: '1.2.3',
    writeOut: (text) => {
      seen.out += text;
    },
    writeErr: (text) => {
      seen.err += text;
    },
    subcommands: [subcommand('count', count), subcommand('nested', nested)],
  });
  return { status, ...seen };
}

describe('reseq command line', () => {
  it('runs the named subcommand and loads no other', async () => {
    expect(await reseq('count', '--to', '4')).to.deep.equal({
      status: undefined,
      out: '',
      err: '',
      ran: [4],
      loaded: ['count'],
    });
  });

  it('prints version and help on stdout with status 0', async () => {
    expect(await reseq('--version')).to.include({ status: 0, out: '1.2.3\n', err: '' });
    const help = await reseq('--help');
    expect(help).to.include({ status: 0, err: '' });
    expect(help.out).to.include('count summary').and.to.include('Examples:');
    for (const asked of [await reseq('help', 'count'), await reseq('count', '--help')]) {
      expect(asked.status).to.equal(0);
      expect(asked.out).to.include('Counts.').and.to.include('--to <n>');
    }
  });

  it('exits with 2 and one line for every usage error', async () => {
    const cases: readonly [string[], RegExp][] = [
      [['unheard'], /^reseq: unknown command 'unheard'\n$/],
      [['cuont'], /^reseq: unknown command 'cuont' \(Did you mean count\?\)\n$/],
      [['--unheard'], /^reseq: unknown option '--unheard'\n$/],
      [['count', '--to', '0'], /^reseq: option .* to: expected 1\.\.9, got "0"\n$/],
      [['count', '--ot', '1'], /^reseq: unknown option '--ot' \(Did you mean --to\?\)\n$/],
      [['count', 'word'], /^reseq: too many arguments for 'count'.*\n$/],
      [['nested', 'count', '--to', 'x'], /^reseq: option .* to: expected 1\.\.9, got "x"\n$/],
      [['count', '--to', '7'], /^reseq: to: expected another number, got 7\n$/],
    ];
    for (const [args, line] of cases) {
      const outcome = await reseq(...args);
      expect(outcome, args.join(' ')).to.include({ status: 2, out: '' });
      expect(outcome.err).to.match(line);
    }
  });

  it('shows the help on stderr when no command is given', async () => {
    const outcome = await reseq();
    expect(outcome).to.include({ status: 2, out: '' });
    expect(outcome.err).to.include('Usage: reseq');
  });

  for (const subcommand of SUBCOMMANDS) {
    it(`offers ${subcommand.name} under its own name`, async () => {
      const command = await subcommand.load();
      expect(command.name()).to.equal(subcommand.name);
      expect(command.description()).not.to.equal('');
    });
  }
});
