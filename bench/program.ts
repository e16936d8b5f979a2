/**
 * The edge of the programs in this folder: a command line that cannot be used is one line on stderr and exit status 2.
 */
import { type Command, CommanderError } from 'commander';
import { UsageError } from '../protocol/cli.ts';

const EXIT_USAGE = 2;

/** Parses this process's command line and runs the command's action. */
export async function runProgram(command: Command): Promise<void> {
  try {
    await command.exitOverride().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
    else if (error instanceof UsageError) {
      process.stderr.write(`${command.name()}: ${error.message}\n`);
      process.exitCode = EXIT_USAGE;
    } else throw error;
  }
}
