/** The model client as a driver inside this process, honest or with one lie. Spec: driver.md. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../protocol/package-root.ts';
import { schemaChecker } from '../../vectors/json-schema.ts';
import { clientArguments } from '../target/client.ts';
import type { DriverChild, LaunchDriver } from '../target/driver-link.ts';
import type { ExitInfo } from '../target/process.ts';
import type { RunRequestView } from '../trace.ts';
import type { DriverBug } from './bugs/driver.ts';
import { runModelClient } from './model-client.ts';

type Fields = { readonly [field: string]: unknown };

const PROFILES = ['stateless', 'stateful'];
const OPTIONS = ['clientId', 'ratio', 'confirm', 'prefixChecksum'];
/** The bug `dies` has so many runs. */
const RUNS_OF_A_LIFE = 5;
/** The bug `sixty-at-a-time` has so many. */
const SIXTY = 60;

let requestFaults: ((value: unknown) => string[]) | undefined;

function faultsOf(request: unknown): string[] {
  const schema = (): unknown => JSON.parse(readFileSync(join(packageRoot(), 'spec', 'driver.schema.json'), 'utf8'));
  requestFaults ??= schemaChecker(schema(), 'request');
  return requestFaults(request);
}

export function modelDriver(bug?: DriverBug): LaunchDriver {
  return (heard) => new ModelDriver(heard, bug);
}

class ModelDriver implements DriverChild {
  readonly exited: Promise<ExitInfo>;
  readonly #heard: (chunk: Uint8Array) => void;
  readonly #bug: DriverBug | undefined;
  /** How to interrupt each run; one that has ended stays. */
  readonly #runs = new Map<string, () => void>();
  readonly #waiting: (() => void)[] = [];
  #exit: (exit: ExitInfo) => void = () => undefined;
  #running = 0;
  #hasEnded = false;
  /** The first result of each profile, for the bug `swaps-results`. */
  readonly #first = new Map<string, Fields>();

  constructor(heard: (chunk: Uint8Array) => void, bug: DriverBug | undefined) {
    this.#heard = heard;
    this.#bug = bug;
    this.exited = new Promise((resolve) => {
      this.#exit = resolve;
    });
  }

  write(text: string): void {
    queueMicrotask(() => this.#take(text.trimEnd()));
  }

  endInput(): void {
    this.#end(this.#bug === 'exits-1' ? 1 : 0);
  }

  signal(name: NodeJS.Signals): void {
    this.#end(null, name);
  }

  stop(): Promise<ExitInfo> {
    this.#end(null, 'SIGTERM');
    return this.exited;
  }

  #end(code: number | null, signal: string | null = null): void {
    this.#hasEnded = true;
    for (const interrupt of this.#runs.values()) interrupt();
    this.#exit({ code, signal, stdout: '', stderr: '', truncated: false });
  }

  #say(line: object): void {
    if (!this.#hasEnded) this.#heard(Buffer.from(`${JSON.stringify(line)}\n`));
  }

  #take(text: string): void {
    const request = parse(text);
    const [fault] = request === undefined ? ['expected a JSON object'] : faultsOf(request);
    const id = request?.['id'];
    if (request === undefined || fault !== undefined || (request['type'] === 'run' && this.#runs.has(String(id)))) {
      this.#refuse(id, fault ?? 'this id was used before');
    } else if (request['type'] === 'hello') {
      this.#hello();
    } else if (request['type'] === 'cancel') {
      this.#cancel(String(id));
    } else if (request['type'] === 'bye') {
      if (this.#bug !== 'ignores-bye') this.#end(0);
    } else {
      void this.#run(request as unknown as RunRequestView);
    }
  }

  #refuse(id: unknown, message: string): void {
    if (this.#bug === 'ignores-bad-lines') return;
    if (this.#bug === 'dies-of-a-bad-line') this.#end(1);
    this.#say({ type: 'error', message, ...(typeof id === 'string' ? { id } : {}) });
  }

  #hello(): void {
    if (this.#bug === 'talks-before-hello') this.#say({ type: 'error', message: 'starting' });
    const options = this.#bug === 'hides-an-option' ? OPTIONS.filter((option) => option !== 'ratio') : OPTIONS;
    this.#say({ type: 'hello', version: 1, implementation: 'model driver', profiles: PROFILES, options });
  }

  #cancel(id: string): void {
    if (this.#bug === 'ignores-cancel') return;
    if (this.#bug === 'answers-late-cancels' && !this.#isGoingOn(id))
      this.#say({ type: 'error', id, message: 'no such run' });
    this.#runs.get(id)?.();
  }

  readonly #over = new Set<string>();

  #isGoingOn(id: string): boolean {
    return this.#runs.has(id) && !this.#over.has(id);
  }

  async #run(request: RunRequestView): Promise<void> {
    const { id } = request;
    let interrupt: () => void = () => undefined;
    const interrupted = new Promise<void>((resolve) => {
      interrupt = resolve;
    });
    this.#runs.set(id, interrupt);
    if (this.#bug === 'dies' && this.#runs.size > RUNS_OF_A_LIFE) return this.#end(1);
    if (this.#bug === 'logs-on-stdout') this.#heard(Buffer.from(`begin ${id}\n`));
    const result = await this.#resultOf(request, interrupted);
    this.#over.add(id);
    this.#say({ type: 'result', id, result });
    if (this.#bug === 'answers-twice') this.#say({ type: 'result', id, result });
    if (this.#bug === 'answers-nobody') this.#say({ type: 'result', id: 'nobody', result });
  }

  async #resultOf(request: RunRequestView, interrupted: Promise<void>): Promise<Fields> {
    const { profile } = request;
    if (this.#bug === 'never-connects') return pretence(request, 'complete');
    if (this.#bug === 'serves-no-stateful' && profile === 'stateful') return pretence(request, 'unreachable');
    if (this.#bug === 'denies-its-claims' && request.prefixChecksum) return pretence(request, 'unsupported');
    const result = await this.#carryOut(request, interrupted);
    if (this.#bug !== 'swaps-results') return result;
    const first = this.#first.get(profile) ?? result;
    this.#first.set(profile, first);
    return first;
  }

  async #carryOut(request: RunRequestView, interrupted: Promise<void>): Promise<Fields> {
    if (this.#bug === 'sixty-at-a-time' && this.#running >= SIXTY) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running += 1;
    let stdout = '';
    const io = {
      out: (text: string) => {
        stdout += text;
      },
      err: () => undefined,
      interrupted,
    };
    const at = request.server.lastIndexOf(':');
    const where = { host: request.server.slice(0, at), port: Number(request.server.slice(at + 1)) };
    await runModelClient(clientArguments({ ...request, ...where }), io, 1);
    this.#running -= 1;
    this.#waiting.shift()?.();
    return parse(stdout) ?? {};
  }
}

function parse(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

/** The result of a run that was never made. */
function pretence({ profile, count, clientId, ratio }: RunRequestView, result: string): Fields {
  const isComplete = result === 'complete';
  const id = profile === 'stateful' ? { clientId: (clientId ?? crypto.randomUUID()).toLowerCase() } : {};
  const common = { result, profile, count, received: isComplete ? count : 0, reconnects: 0, ...id };
  if (!isComplete) return { ...common, error: { message: result } };
  const checksum = '00'.repeat(32);
  return profile === 'stateless'
    ? { ...common, a: 23, ratio: ratio ?? 2, sum: '1' }
    : { ...common, checksum, expectedChecksum: checksum };
}
