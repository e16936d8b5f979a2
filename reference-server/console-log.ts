/**
 * The program's log on stderr: JSON lines, or one readable line for each event.
 */
import { Writable } from 'node:stream';
import pino from 'pino';
import type { Log } from './log.ts';

export interface LogOptions {
  readonly json: boolean;
  /** Also one line for each connection. */
  readonly verbose: boolean;
  /** Number of the worker process, told in each line. */
  readonly worker?: number | undefined;
}

const LEVELS: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };

/** @param stderr where the lines go */
export function createConsoleLog({ json, verbose, worker }: LogOptions, stderr: NodeJS.WritableStream): Log {
  const level = verbose ? 'debug' : 'info';
  const destination = json ? stderr : readable(stderr);
  const base = worker === undefined ? null : { worker };
  const logger = pino({ level, base, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  // `debug` is left out rather than thrown away, so that nobody computes what it would print.
  return verbose
    ? logger
    : { info: logger.info.bind(logger), warn: logger.warn.bind(logger), error: logger.error.bind(logger) };
}

/** Turns pino's JSON lines into `12:00:00 info message key=value`. */
function readable(stderr: NodeJS.WritableStream): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      for (const line of String(chunk).split('\n')) {
        if (line !== '') stderr.write(`${format(line)}\n`);
      }
      done();
    },
  });
}

function format(line: string): string {
  const { level, time, msg, err, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const pairs = Object.entries(fields).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const stack = typeof err === 'object' && err !== null && 'stack' in err ? [`\n${String(err.stack)}`] : [];
  return [String(time).slice(11, 19), LEVELS[Number(level)] ?? level, msg, ...pairs, ...stack].join(' ');
}
