/**
 * A session store as a user of the package would write it.
 */
export class OwnStore {
  #records = new Map();
  #now;

  constructor(now) {
    this.#now = now;
  }

  async start(clientId, n, seed, attempt, ttlMs) {
    const record = this.#live(clientId);
    if (!record) {
      const created = { n, seed, attempt: attempt ?? 1 };
      this.#records.set(clientId, { ...created, deadline: this.#now() + ttlMs });
      return { kind: 'created', ...created };
    }
    if (record.n !== n) return { kind: 'conflict', n: record.n };
    return this.#raise(record, attempt, ttlMs) ? { kind: 'attached', ...publicly(record) } : stale(record);
  }

  async lookup(clientId) {
    const record = this.#live(clientId);
    return record && publicly(record);
  }

  async attach(clientId, seed, attempt, ttlMs) {
    const record = this.#live(clientId);
    if (record?.seed !== seed) return { kind: 'missing' };
    return this.#raise(record, attempt, ttlMs) ? { kind: 'attached', attempt: record.attempt } : stale(record);
  }

  async renew(clientId, seed, attempt, ttlMs) {
    return this.#asHolder(clientId, seed, attempt, (record) => {
      record.deadline = this.#now() + ttlMs;
    });
  }

  async finish(clientId, seed, attempt) {
    return this.#asHolder(clientId, seed, attempt, () => this.#records.delete(clientId));
  }

  #live(clientId) {
    const record = this.#records.get(clientId);
    if (record && record.deadline > this.#now()) return record;
    this.#records.delete(clientId);
    return undefined;
  }

  #raise(record, attempt, ttlMs) {
    const next = attempt ?? record.attempt + 1;
    if (next <= record.attempt || next > 0xffff_ffff) return false;
    record.attempt = next;
    record.deadline = this.#now() + ttlMs;
    return true;
  }

  #asHolder(clientId, seed, attempt, act) {
    const record = this.#live(clientId);
    if (record?.seed !== seed) return 'missing';
    if (record.attempt !== attempt) return 'superseded';
    act(record);
    return 'ok';
  }
}

const publicly = ({ n, seed, attempt }) => ({ n, seed, attempt });
const stale = ({ attempt }) => ({ kind: 'stale', attempt });
