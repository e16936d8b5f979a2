/**
 * What the reference server answers to whole dialogues and its store to operations, on a clock that is told.
 */
import { decodeConfirm, decodeOpen, encodeServerMessage } from '../protocol/bindings/grpc/codec.ts';
import { loadService } from '../protocol/bindings/grpc/service.ts';
import { EXTENSIONS } from '../protocol/messages.ts';
import type { Random } from '../protocol/random.ts';
import { FakeClock } from '../protocol/testing/fake-clock.ts';
import { SILENT } from '../reference-server/log.ts';
import { SequenceService } from '../reference-server/service.ts';
import { MemoryStore } from '../reference-server/store/memory.ts';
import type { SessionStore } from '../reference-server/store/store.ts';
import { runsOn } from '../reference-server/store-calls.ts';
import { hex64, Input, type Json, type JsonObject } from './json.ts';
import { ScriptedConnection } from './reference-connection.ts';
import { decodeFrame, wireOf } from './reference-frames.ts';

/** The answer to one operation. */
export type ServerAnswer = (input: Input) => Promise<JsonObject>;

export const REFERENCE_SERVER: Readonly<Record<string, ServerAnswer>> = {
  'store.run': async (input) => {
    const clock = new FakeClock();
    const store = new MemoryStore(clock, input.optionalNumber('room'));
    const results: Json[] = [];
    for (const operation of input.list('operations'))
      results.push(await runOperation(store, clock, new Input(operation)));
    return { results };
  },
  'exchange.run': async (input) => {
    const dialogue = new Dialogue(input.input('settings'));
    const steps: Json[] = [];
    for (const step of input.list('steps')) steps.push(await dialogue.perform(new Input(step)));
    return { steps };
  },
};

async function runOperation(store: MemoryStore, clock: FakeClock, operation: Input): Promise<Json> {
  clock.advanceTo(operation.number('atMs'));
  const clientId = operation.text('clientId');
  const seed = operation.has('seed') ? operation.hex64('seed') : 0n;
  const ttlMs = operation.optionalNumber('ttlMs') ?? 0;
  // The binding has turned an attempt of 0 into an absent one.
  const attempt = operation.optionalNumber('attempt') || undefined;
  switch (operation.text('do')) {
    case 'start':
      return resultOf(await store.start(clientId, operation.number('n'), seed, attempt, ttlMs));
    case 'lookup': {
      const record = await store.lookup(clientId);
      return record === undefined ? { result: 'missing' } : resultOf({ kind: 'found', ...record });
    }
    case 'attach':
      return resultOf(await store.attach(clientId, seed, attempt, ttlMs));
    case 'renew':
      return { result: await store.renew(clientId, seed, attempt ?? 0, ttlMs) };
    default:
      return { result: await store.finish(clientId, seed, attempt ?? 0) };
  }
}

interface StoreResult {
  readonly kind: string;
  readonly n?: number;
  readonly seed?: bigint;
  readonly attempt?: number;
}

/** What the vectors tell of a result: a refusal tells its kind alone. */
function resultOf({ kind, n, seed, attempt }: StoreResult): JsonObject {
  if (attempt === undefined || kind === 'stale' || kind === 'conflict') return { result: kind };
  return seed === undefined || n === undefined
    ? { result: kind, attempt }
    : { result: kind, n, seed: hex64(seed), attempt };
}

/** A peer that has not read for as long as this is given up: never within a script. */
const NEVER_MS = 1e12;

/** One server and the connections of a script. */
class Dialogue {
  readonly #clock = new FakeClock();
  readonly #service: SequenceService;
  readonly #connections = new Map<number, ScriptedConnection>();
  readonly #seeds: bigint[];

  constructor(settings: Input) {
    this.#seeds = settings.texts('seeds').map((seed) => BigInt(`0x${seed}`));
    this.#service = new SequenceService({
      storeCalls: runsOn(this.#store()),
      clock: this.#clock,
      settings: {
        intervalMs: settings.number('intervalMs'),
        retentionMs: settings.number('retentionMs'),
        leasePeriodMs: 1_000,
        storeDeadlineMs: 1_000,
        blockedMs: NEVER_MS,
        extensions: EXTENSIONS.filter((name) => settings.texts('extensions').includes(name)),
        seedFor: () => this.#seeds[0] ?? 0n,
        random: scriptedRandom(settings.list('a').map(Number)),
      },
      maxSessions: 0,
      log: SILENT,
      implementation: 'vectors',
    });
  }

  /** Takes the next seed of the script for each session that is really made. */
  #store(): SessionStore {
    const store = new MemoryStore(this.#clock);
    return {
      start: async (...args) => {
        const result = await store.start(...args);
        if (result.kind === 'created') this.#seeds.shift();
        return result;
      },
      lookup: (...args) => store.lookup(...args),
      attach: (...args) => store.attach(...args),
      renew: (...args) => store.renew(...args),
      finish: (...args) => store.finish(...args),
    };
  }

  async perform(step: Input): Promise<Json> {
    switch (step.text('do')) {
      case 'open':
        return await this.#open(step.number('connection'), step.object('request'));
      case 'send':
        return await this.#send(step.number('connection'), step.number('count'));
      case 'drop':
        this.#connection(step.number('connection')).drop();
        await this.#clock.advanceAsync(0);
        return [];
      case 'wait':
        await this.#clock.advanceAsync(step.number('ms'));
        return [];
      default:
        return await this.#confirm(step.object('request'));
    }
  }

  async #open(number: number, request: JsonObject): Promise<Json> {
    const open = decodeOpen(wireOf('OpenRequest', request));
    if (!open.ok) return [{ connection: number, error: open.error.registryName ?? null }];
    const connection = new ScriptedConnection(this.#service, open.value);
    await this.#clock.advanceAsync(0);
    const others = this.#endings();
    this.#connections.set(number, connection);
    const opened = connection.take();
    return [
      ...others,
      ...(opened === undefined ? this.#endings() : [{ connection: number, message: messageJson(opened) }]),
    ];
  }

  async #send(number: number, count: number): Promise<Json> {
    const connection = this.#connection(number);
    const events: Json[] = [];
    for (let sent = 0; sent < count; sent++) {
      const message = await connection.next(this.#clock);
      if (message === undefined) break;
      events.push({ connection: number, message: messageJson(message) });
    }
    return [...events, ...this.#endings()];
  }

  async #confirm(request: JsonObject): Promise<Json> {
    const confirm = decodeConfirm(wireOf('ConfirmRequest', request));
    const result = confirm.ok ? await this.#service.confirm(confirm.value) : confirm;
    await this.#clock.advanceAsync(0);
    return [result.ok ? { confirmed: true } : { error: result.error.registryName ?? null }, ...this.#endings()];
  }

  #connection(number: number): ScriptedConnection {
    const connection = this.#connections.get(number);
    if (connection === undefined) throw new TypeError(`connection: expected one that was opened, got ${number}`);
    return connection;
  }

  /** How connections have ended since the last look; one with messages left to read has not. */
  #endings(): Json[] {
    return [...this.#connections].flatMap(([connection, served]): Json[] => {
      const ending = served.takeEnding();
      if (ending === undefined) return [];
      this.#connections.delete(connection);
      return ending.error === undefined
        ? [{ connection, end: 'OK' }]
        : [{ connection, error: ending.error.registryName ?? null }];
    });
  }
}

function messageJson(message: Parameters<typeof encodeServerMessage>[0]): JsonObject {
  return decodeFrame('OpenResponse', loadService().definition.Open.responseSerialize(encodeServerMessage(message)));
}

/** Gives the first values of the script where the server draws one byte, and no jitter. */
function scriptedRandom(firstValues: number[]): Random {
  return { uniform: () => 0, bytes: (count) => Uint8Array.from({ length: count }, () => firstValues.shift() ?? 1) };
}
