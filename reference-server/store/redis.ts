/**
 * Sessions in Redis, shared by any number of servers. Spec: stores/redis.md.
 */
import type { RedisLink } from './redis-link.ts';
import type { AttachResult, Outcome, SessionRecord, SessionStore, StartResult } from './store.ts';

const LAYOUT = 'reseq:1';
/** RSQ-RDS-8 allows 2 s. */
export const REDIS_DEADLINE_MS = 1_000;

/** Answers `missing` only when Redis has said so; whatever else goes wrong rejects. */
export class RedisStore implements SessionStore {
  readonly #link: RedisLink;
  readonly #deadlineMs: number;

  /** Takes the link over: it is opened here and closed by `close`. */
  constructor(link: RedisLink, deadlineMs: number = REDIS_DEADLINE_MS) {
    this.#link = link;
    this.#deadlineMs = deadlineMs;
    link.open();
  }

  close(): void {
    this.#link.close();
  }

  async start(
    clientId: string,
    n: number,
    seedProposal: bigint,
    attempt: number | undefined,
    ttlMs: number,
  ): Promise<StartResult> {
    const words = [String(n), hexOf(seedProposal), attemptWord(attempt), String(ttlMs)];
    const reply = await this.#answer(this.#link.commands.sessionStart(keyOf(clientId), ...words)).catch(fullWhenOom);
    const [kind, ...fields] = wordsOf(reply);
    switch (kind) {
      case 'full':
        return { kind };
      case 'created':
      case 'attached':
        return { kind, ...recordOf(fields) };
      case 'conflict':
        return { kind, n: integerOf(fields[0]) };
      case 'stale':
        return { kind, attempt: integerOf(fields[0]) };
      default:
        throw unexpected(reply);
    }
  }

  async lookup(clientId: string): Promise<SessionRecord | undefined> {
    const reply = await this.#answer(this.#link.commands.sessionLookup(keyOf(clientId)));
    const [kind, ...fields] = wordsOf(reply);
    switch (kind) {
      case 'missing':
        return undefined;
      case 'found':
        return recordOf(fields);
      default:
        throw unexpected(reply);
    }
  }

  async attach(clientId: string, seed: bigint, attempt: number | undefined, ttlMs: number): Promise<AttachResult> {
    const words = [hexOf(seed), attemptWord(attempt), String(ttlMs)];
    const reply = await this.#answer(this.#link.commands.sessionAttach(keyOf(clientId), ...words));
    const [kind, field] = wordsOf(reply);
    switch (kind) {
      case 'missing':
        return { kind };
      case 'attached':
      case 'stale':
        return { kind, attempt: integerOf(field) };
      default:
        throw unexpected(reply);
    }
  }

  async renew(clientId: string, seed: bigint, attempt: number, ttlMs: number): Promise<Outcome> {
    const words = [hexOf(seed), String(attempt), String(ttlMs)];
    return outcomeOf(await this.#answer(this.#link.commands.sessionRenew(keyOf(clientId), ...words)));
  }

  async finish(clientId: string, seed: bigint, attempt: number): Promise<Outcome> {
    const words = [hexOf(seed), String(attempt)];
    return outcomeOf(await this.#answer(this.#link.commands.sessionFinish(keyOf(clientId), ...words)));
  }

  /** An operation without an answer in time has an unknown result, which is a failure. */
  #answer(reply: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer within ${this.#deadlineMs} ms`)), this.#deadlineMs);
      reply.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }
}

function keyOf(clientId: string): string {
  return `${LAYOUT}:{${clientId}}`;
}

function hexOf(seed: bigint): string {
  return seed.toString(16).padStart(16, '0');
}

function attemptWord(attempt: number | undefined): string {
  return String(attempt ?? 0);
}

/** Redis 6 wraps what goes wrong within a script: "ERR Error running script (...): ...: -OOM command not allowed ...". */
function fullWhenOom(error: unknown): unknown {
  if (error instanceof Error && /(^|-)OOM command not allowed/.test(error.message)) return ['full'];
  throw error;
}

function wordsOf(reply: unknown): string[] {
  if (!Array.isArray(reply) || !reply.every((word) => typeof word === 'string')) throw unexpected(reply);
  return reply;
}

function recordOf([n, seed, attempt]: readonly (string | undefined)[]): SessionRecord {
  if (seed === undefined || !/^[0-9a-f]{16}$/.test(seed)) throw unexpected(seed);
  return { n: integerOf(n), seed: BigInt(`0x${seed}`), attempt: integerOf(attempt) };
}

function integerOf(text: string | undefined): number {
  if (text === undefined || !/^[1-9]\d{0,9}$/.test(text)) throw unexpected(text);
  return Number(text);
}

function outcomeOf(reply: unknown): Outcome {
  const [kind] = wordsOf(reply);
  if (kind === 'ok' || kind === 'superseded' || kind === 'missing') return kind;
  throw unexpected(reply);
}

function unexpected(reply: unknown): Error {
  return new Error(`the record or the answer is malformed: ${JSON.stringify(reply) ?? 'nothing'}`);
}
