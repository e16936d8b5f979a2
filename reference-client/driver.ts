/**
 * Many runs in one process, told by lines of JSON. Spec: driver.md.
 */
import { parseHostPort, UsageError } from '../protocol/cli.ts';
import { parseClientId } from '../protocol/client-id.ts';
import { MAX_COUNT } from '../protocol/limits.ts';
import { type Line, LineSplitter } from '../protocol/lines.ts';
import type { Profile, Ratio } from '../protocol/messages.ts';
import { type ClientResult, resultObject } from './result.ts';

const DRIVER_VERSION = 1;
const ID = /^[A-Za-z0-9._-]{1,64}$/;

/** What a `run` asks for. */
export interface DriverRun {
  readonly server: string;
  readonly profile: Profile;
  readonly count: number;
  readonly clientId?: string | undefined;
  readonly ratio?: Ratio | undefined;
  readonly confirm?: boolean | undefined;
  readonly prefixChecksum?: boolean | undefined;
}

export interface DriverSurroundings {
  readonly input: AsyncIterable<Uint8Array>;
  /** Takes one line, with its line feed. */
  readonly write: (line: string) => void;
  /** Name and version. */
  readonly implementation: string;
  /** Carries out one run; the signal ends it as interrupted. */
  readonly carryOut: (run: DriverRun, signal: AbortSignal) => Promise<ClientResult>;
}

/** Serves until `bye` or the end of the input; runs that go on are interrupted then. */
export async function runDriver(surroundings: DriverSurroundings): Promise<void> {
  const driver = new Driver(surroundings);
  const splitter = new LineSplitter();
  for await (const chunk of surroundings.input) {
    for (const line of splitter.push(chunk)) driver.take(line);
    if (driver.isOver) break;
  }
  const rest = splitter.end();
  if (rest !== undefined) driver.take(rest);
  driver.close();
}

type Fields = Readonly<Record<string, unknown>>;

class Driver {
  readonly #surroundings: DriverSurroundings;
  /** Every run so far; a run that has ended stays, so that its id is not used again. */
  readonly #runs = new Map<string, AbortController>();
  isOver = false;

  constructor(surroundings: DriverSurroundings) {
    this.#surroundings = surroundings;
  }

  take({ text, tooLong }: Line): void {
    if (this.isOver) return;
    const request = tooLong ? undefined : parseObject(text);
    try {
      if (request === undefined) throw new UsageError('line', 'a JSON object', text);
      this.#handle(request);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      const { id } = request ?? {};
      this.#answer({ type: 'error', id: typeof id === 'string' ? id : undefined, message: error.message });
    }
  }

  close(): void {
    this.isOver = true;
    for (const controller of this.#runs.values()) controller.abort();
  }

  #handle(request: Fields): void {
    switch (request['type']) {
      case 'hello':
        this.#answer({
          type: 'hello',
          version: DRIVER_VERSION,
          implementation: this.#surroundings.implementation,
          profiles: ['stateless', 'stateful'],
          options: ['clientId', 'ratio', 'confirm', 'prefixChecksum'],
        });
        break;
      case 'run':
        void this.#run(this.#newId(request['id']), runOf(request));
        break;
      case 'cancel':
        this.#runs.get(String(request['id']))?.abort();
        break;
      case 'bye':
        this.close();
        break;
      default:
        throw new UsageError('type', 'hello, run, cancel or bye', request['type']);
    }
  }

  #newId(id: unknown): string {
    if (typeof id !== 'string' || !ID.test(id)) throw new UsageError('id', '1 to 64 of A-Z a-z 0-9 . _ -', id);
    if (this.#runs.has(id)) throw new UsageError('id', 'one that was not used before', id);
    return id;
  }

  async #run(id: string, run: DriverRun): Promise<void> {
    const controller = new AbortController();
    this.#runs.set(id, controller);
    const result = await this.#surroundings.carryOut(run, controller.signal);
    if (!this.isOver) this.#answer({ type: 'result', id, result: resultObject(result) });
  }

  #answer(answer: Fields): void {
    this.#surroundings.write(`${JSON.stringify(answer)}\n`);
  }
}

function parseObject(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

/** @throws UsageError */
function runOf({ server, profile, count, clientId, ratio, confirm, prefixChecksum }: Fields): DriverRun {
  if (typeof server !== 'string') throw new UsageError('server', 'HOST:PORT', server);
  parseHostPort(server);
  if (profile !== 'stateless' && profile !== 'stateful')
    throw new UsageError('profile', 'stateful or stateless', profile);
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 1 || count > MAX_COUNT)
    throw new UsageError('count', `1..${MAX_COUNT}`, count);
  if (ratio !== undefined && ratio !== 2 && ratio !== 3) throw new UsageError('ratio', '2..3', ratio);
  return {
    server,
    profile,
    count,
    ratio,
    clientId: idOf(clientId),
    confirm: flagOf('confirm', confirm),
    prefixChecksum: flagOf('prefixChecksum', prefixChecksum),
  };
}

function idOf(text: unknown): string | undefined {
  if (text === undefined) return undefined;
  const id = typeof text === 'string' ? parseClientId(text) : undefined;
  if (!id?.ok) throw new UsageError('clientId', 'UUID text of 36 characters, not nil', text);
  return id.value;
}

function flagOf(name: string, value: unknown): boolean | undefined {
  if (value !== undefined && typeof value !== 'boolean') throw new UsageError(name, 'true or false', value);
  return value;
}
