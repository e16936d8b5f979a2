/**
 * Composition of the one command `reseq` out of its subcommands. Spec: cli.md (exit codes).
 * A subcommand's code is loaded only when its name is on the command line, so that each starts fast.
 */
import { Command, CommanderError } from 'commander';
import { UsageError } from '../protocol/cli.ts';

/** Exit status of a command line that cannot be used. */
export const EXIT_USAGE = 2;
/** Exit status of a fault in the program itself, apart from every verdict's status (sysexits EX_SOFTWARE). */
export const EXIT_BUG = 70;

export interface Subcommand {
  readonly name: string;
  /** One line for `reseq --help`. */
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

export const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: 'server',
    summary: 'serve both sequence profiles on localhost',
    load: async () => (await import('../reference-server/main.ts')).serverCommand(),
  },
  {
    name: 'client',
    summary: 'receive one sequence, surviving dropped connections',
    load: async () => (await import('../reference-client/main.ts')).clientCommand(),
  },
  {
    name: 'conformance',
    summary: 'judge any server or client against the specification',
    load: async () => (await import('../conformance/cli.ts')).conformanceCommand(),
  },
  {
    name: 'proxy',
    summary: 'stand between client and server and hurt their connections: by plan, by chance or by hand',
    load: async () => (await import('../proxy/main.ts')).proxyCommand(),
  },
];

export interface ProgramOptions {
  readonly version: string;
  readonly writeOut: (text: string) => void;
  readonly writeErr: (text: string) => void;
  readonly subcommands?: readonly Subcommand[];
}

/**
 * Runs one command line.
 * @param args words after the program's name
 * @returns the exit status for usage, help and version, or undefined when the subcommand ran and set its own
 * @throws whatever is neither a usage error nor expected by the subcommand
 */
export async function run(args: readonly string[], options: ProgramOptions): Promise<number | undefined> {
  try {
    const program = await createProgram(args, options);
    await program.parseAsync(args, { from: 'user' });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    if (error instanceof UsageError) {
      options.writeErr(`reseq: ${error.message}\n`);
      return EXIT_USAGE;
    }
    throw error;
  }
}

async function createProgram(args: readonly string[], options: ProgramOptions): Promise<Command> {
  const program = new Command('reseq')
    .description('Numbered message streams that survive dropped connections.')
    .version(options.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', EXAMPLES)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: options.writeOut,
      writeErr: options.writeErr,
      outputError: (text, write) => write(`reseq: ${oneLine(text)}\n`),
    });
  for (const subcommand of options.subcommands ?? SUBCOMMANDS) {
    const named = args[args[0] === 'help' ? 1 : 0] === subcommand.name;
    const command = named ? await subcommand.load() : new Command(subcommand.name);
    inherit(command, program);
    program.addCommand(command.summary(subcommand.summary));
  }
  return program;
}

/** `addCommand` leaves the output and exit settings of the added command as they were. */
function inherit(command: Command, parent: Command): void {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inherit(child, command);
}

function oneLine(text: string): string {
  return text
    .replace(/^error: /, '')
    .trim()
    .replace(/\s*\n\s*/g, ' ');
}

const EXAMPLES = `
Examples:
  reseq server --port 9000
  reseq client --server localhost:9000 --profile stateful --count 20
  reseq conformance --server localhost:9000
  reseq conformance --client-cmd "node my-client.js"

Results go to stdout, everything else to stderr. A usage error exits with 2.`;
