/**
 * What a server answers in a dialogue, from the text of spec/core.md sections 4, 5 and 8 alone: the judge of
 * exchange/*.json. No clock and no network: the script says when an item is due, a connection drops and time passes.
 */
import { sequenceChecksum } from '../conformance/oracle/checksum.ts';
import { bigEndianBytes, exactValue } from '../conformance/oracle/doubling.ts';
import { itemAt } from '../conformance/oracle/pcg32.ts';
import { expectedResumeKey } from '../conformance/oracle/resume-key.ts';
import { StoreModel } from '../conformance/oracle/store-model.ts';
import { hexOf, Input, type Json, type JsonObject } from './json.ts';
import { checkConfirm, checkOpen } from './request-model.ts';

/** One thing that a client sees. Errors go by their registry names. */
export type Event =
  | { readonly connection: number; readonly message: JsonObject }
  | { readonly connection: number; readonly end: 'OK' }
  | { readonly connection: number; readonly error: string }
  | { readonly confirmed: true }
  | { readonly error: string };

interface Stateful {
  readonly profile: 'stateful';
  readonly clientId: string;
  readonly n: number;
  readonly seed: bigint;
  readonly attempt: number;
  readonly isConfirming: boolean;
}

interface Stateless {
  readonly profile: 'stateless';
  readonly a: number;
  readonly ratio: number;
}

interface Connection {
  readonly sequence: Stateful | Stateless;
  nextIndex: number;
}

/** While attached a session is renewed all the time: in a script without clock that is for ever. */
const ATTACHED_MS = Number.POSITIVE_INFINITY;
const END_OF_STATELESS = 65_535;

export class ServerModel {
  readonly #store = new StoreModel();
  readonly #connections = new Map<number, Connection>();
  readonly #settings: Input;
  /** Seeds of the sessions to come, in order. */
  readonly #seeds: bigint[];
  /** First values of the stateless sequences to come, in order. */
  readonly #firstValues: Json[];

  constructor(settings: Input) {
    this.#settings = settings;
    this.#seeds = settings.texts('seeds').map((seed) => BigInt(`0x${seed}`));
    this.#firstValues = [...settings.list('a')];
  }

  /** Carries one step of a script out. */
  perform(step: Input): Event[] {
    const kind = step.text('do');
    switch (kind) {
      case 'open':
        return this.#open(step.number('connection'), step.object('request'));
      case 'send':
        return this.#send(step.number('connection'), step.number('count'));
      case 'drop':
        return this.#drop(step.number('connection'));
      case 'wait':
        this.#store.nowMs += step.number('ms');
        return [];
      case 'confirm':
        return this.#confirm(step.object('request'));
      default:
        throw new TypeError(`do: expected open, send, drop, wait or confirm, got ${kind}`);
    }
  }

  #open(connection: number, request: JsonObject): Event[] {
    const refused = checkOpen(request);
    if (refused !== undefined) return [{ connection, error: refused.error }];
    const open = new Input(request);
    if (open.has('statelessStart')) return this.#startStateless(connection, open.input('statelessStart'));
    if (open.has('statelessResume')) return this.#resumeStateless(connection, open.input('statelessResume'));
    const extensions = this.#granted(open.has('extensions') ? open.texts('extensions') : []);
    if (open.has('statefulStart')) return this.#start(connection, open.input('statefulStart'), extensions);
    return this.#resume(connection, open.input('statefulResume'), extensions);
  }

  #granted(asked: readonly string[]): string[] {
    const offered = this.#settings.texts('extensions');
    return [...new Set(asked)].filter((name) => offered.includes(name));
  }

  #startStateless(connection: number, start: Input): Event[] {
    const a = this.#firstValues.shift();
    if (typeof a !== 'number')
      throw new TypeError('a: the script starts more stateless sequences than it gives first values');
    return this.#openedStateless(connection, a, start.optionalNumber('ratio') ?? 2, 0);
  }

  #resumeStateless(connection: number, resume: Input): Event[] {
    const nextIndex = resume.optionalNumber('nextIndex') ?? 0;
    if (nextIndex >= END_OF_STATELESS) return [{ connection, error: 'OFFSET_OUT_OF_RANGE' }];
    return this.#openedStateless(connection, resume.number('a'), resume.optionalNumber('ratio') ?? 2, nextIndex);
  }

  #openedStateless(connection: number, a: number, ratio: number, nextIndex: number): Event[] {
    this.#connections.set(connection, { sequence: { profile: 'stateless', a, ratio }, nextIndex });
    return [this.#opened(connection, nextIndex, [], { stateless: { a, ratio } })];
  }

  #start(connection: number, start: Input, extensions: readonly string[]): Event[] {
    const clientId = start.text('clientId').toLowerCase();
    const n = start.number('n');
    const proposal = this.#seeds[0] ?? 0n;
    const answer = this.#store.start(clientId, n, proposal, start.optionalNumber('attempt'), ATTACHED_MS);
    switch (answer.result) {
      case 'created':
        this.#seeds.shift();
        break;
      case 'attached':
        break;
      case 'conflict':
        return [{ connection, error: 'SESSION_CONFLICT' }];
      case 'stale':
        return [{ connection, error: 'STALE_ATTEMPT' }];
      case 'full':
        return [{ connection, error: 'OVERLOADED' }];
    }
    const { seed, attempt } = answer;
    return this.#attached(connection, { clientId, n, seed, attempt }, 0, extensions, {});
  }

  #resume(connection: number, resume: Input, extensions: readonly string[]): Event[] {
    const clientId = resume.text('clientId').toLowerCase();
    const nextIndex = resume.optionalNumber('nextIndex') ?? 0;
    const record = this.#withKey(clientId, resume.text('resumeKey'));
    if (record === undefined) return [{ connection, error: 'SESSION_NOT_FOUND' }];
    const { n, seed } = record;
    if (nextIndex >= n) return [{ connection, error: 'OFFSET_OUT_OF_RANGE' }];
    const answer = this.#store.attach(clientId, seed, resume.optionalNumber('attempt'), ATTACHED_MS);
    if (answer.result !== 'attached') return [{ connection, error: 'STALE_ATTEMPT' }];
    const sha256 = hexOf(sequenceChecksum(seed, nextIndex));
    const prefix = extensions.includes('prefix-checksum')
      ? { prefixChecksum: present({ count: nextIndex, sha256 }) }
      : {};
    return this.#attached(connection, { clientId, n, seed, attempt: answer.attempt }, nextIndex, extensions, prefix);
  }

  /** The session of this client id, if the key is its key. */
  #withKey(
    clientId: string,
    resumeKey: string,
  ): { readonly n: number; readonly seed: bigint; readonly attempt: number } | undefined {
    const record = this.#store.lookup(clientId);
    return record !== undefined && hexOf(expectedResumeKey(clientId, record.seed)) === resumeKey ? record : undefined;
  }

  #attached(
    connection: number,
    session: Omit<Stateful, 'profile' | 'isConfirming'>,
    nextIndex: number,
    extensions: readonly string[],
    prefix: JsonObject,
  ): Event[] {
    const ended = this.#endHolder(session.clientId, 'SESSION_TAKEN_OVER');
    const isConfirming = extensions.includes('confirm-final');
    this.#connections.set(connection, { sequence: { profile: 'stateful', ...session, isConfirming }, nextIndex });
    const stateful = {
      n: session.n,
      retentionMs: this.#settings.number('retentionMs'),
      resumeKey: hexOf(expectedResumeKey(session.clientId, session.seed)),
      attempt: session.attempt,
      ...prefix,
    };
    return [...ended, this.#opened(connection, nextIndex, extensions, { stateful })];
  }

  #endHolder(clientId: string, name: string): Event[] {
    for (const [connection, { sequence }] of this.#connections) {
      if (sequence.profile !== 'stateful' || sequence.clientId !== clientId) continue;
      this.#connections.delete(connection);
      return [{ connection, error: name }];
    }
    return [];
  }

  #opened(connection: number, nextIndex: number, extensions: readonly string[], sequence: JsonObject): Event {
    const intervalMs = this.#settings.number('intervalMs');
    const opened = { protocolVersion: 1, ...present({ intervalMs, nextIndex, extensions }), ...sequence };
    return { connection, message: { opened } };
  }

  #send(connection: number, count: number): Event[] {
    return Array.from({ length: count }).flatMap(() => this.#sendOne(connection));
  }

  #sendOne(connection: number): Event[] {
    const served = this.#connections.get(connection);
    if (served === undefined) throw new TypeError(`connection: expected a living one, got ${connection}`);
    const { sequence } = served;
    const index = served.nextIndex++;
    if (sequence.profile === 'stateful') return this.#sendNumber(connection, sequence, index);
    const integer = hexOf(bigEndianBytes(exactValue(sequence.a, sequence.ratio, index)));
    const item: Event = { connection, message: { item: { ...present({ index }), integer } } };
    if (served.nextIndex < END_OF_STATELESS) return [item];
    this.#connections.delete(connection);
    return [item, { connection, end: 'OK' }];
  }

  #sendNumber(connection: number, sequence: Stateful, index: number): Event[] {
    const { clientId, n, seed, attempt, isConfirming } = sequence;
    const number = itemAt(seed, index);
    if (index < n - 1) return [{ connection, message: { item: { ...present({ index }), number } } }];
    const final = { ...present({ index, number }), checksum: hexOf(sequenceChecksum(seed, n)) };
    this.#connections.delete(connection);
    if (isConfirming) this.#store.renew(clientId, seed, attempt, this.#settings.number('retentionMs'));
    else this.#store.finish(clientId, seed, attempt);
    return [
      { connection, message: { final } },
      { connection, end: 'OK' },
    ];
  }

  #drop(connection: number): Event[] {
    const sequence = this.#connections.get(connection)?.sequence;
    this.#connections.delete(connection);
    if (sequence?.profile === 'stateful') {
      this.#store.renew(sequence.clientId, sequence.seed, sequence.attempt, this.#settings.number('retentionMs'));
    }
    return [];
  }

  #confirm(request: JsonObject): Event[] {
    const refused = checkConfirm(request);
    if (refused !== undefined) return [{ error: refused.error }];
    const confirm = new Input(request);
    const clientId = confirm.text('clientId').toLowerCase();
    const record = this.#withKey(clientId, confirm.text('resumeKey'));
    if (record === undefined) return [{ error: 'SESSION_NOT_FOUND' }];
    const result = this.#store.finish(clientId, record.seed, confirm.number('attempt'));
    if (result !== 'ok') return [{ error: 'STALE_ATTEMPT' }];
    return [{ confirmed: true }, ...this.#endHolder(clientId, 'SESSION_NOT_FOUND')];
  }
}

/** Leaves members at their default out, as the JSON form of messages has it. */
function present(members: Readonly<Record<string, Json>>): JsonObject {
  const isDefault = (value: Json): boolean => value === 0 || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(members).filter(([, value]) => !isDefault(value)));
}
