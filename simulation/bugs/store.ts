/** Stores with one wrong decision each. */
import type { SessionEvent, StoreOperation } from '../../reference-server/session.ts';
import type { SessionTable } from '../../reference-server/store/session-table.ts';
import type { Bug, Plant } from './plant.ts';

const FOR_EVER_MS = 36e5;

/** Gives an operation the attempt or the seed of the record, as a store does that does not compare it. */
function without(field: 'attempt' | 'seed', kinds: readonly StoreOperation['kind'][]): Plant {
  return {
    storeOperation: (operation, table) => {
      const record = table.lookup(operation.clientId);
      if (record === undefined || !kinds.includes(operation.kind)) return operation;
      return { ...operation, [field]: record[field] } as StoreOperation;
    },
  };
}

/** Answers `ok` without having done anything. */
function pretending(where: (operation: StoreOperation) => boolean): Plant {
  return {
    storeOperation: (operation) =>
      where(operation) ? { kind: 'lookup', atMs: operation.atMs, clientId: operation.clientId } : operation,
    storeAnswer: (event, asked) => {
      if (event.kind !== 'found' || event.record === undefined || !where(asked)) return event;
      return asked.kind === 'renew'
        ? { kind: 'renewed', atMs: asked.atMs, ttlMs: asked.ttlMs, outcome: 'ok' }
        : { kind: 'finished', outcome: 'ok' };
    },
  };
}

/** Keeps the record of a refused request alive. */
function extendRefused(event: SessionEvent, asked: StoreOperation, table: SessionTable): SessionEvent {
  if ((event.kind !== 'attached' && event.kind !== 'started') || event.result.kind !== 'stale') return event;
  const record = table.lookup(asked.clientId);
  if (record !== undefined) table.renew(asked.clientId, record.seed, record.attempt, FOR_EVER_MS);
  return event;
}

export const STORE_BUGS: readonly Bug[] = [
  {
    name: 'renew-without-attempt',
    does: 'renewals compare the seed alone',
    breaks: 'RSQ-ATT-9',
    plant: without('attempt', ['renew']),
  },
  {
    name: 'finish-without-attempt',
    does: 'deletions compare the seed alone',
    breaks: 'RSQ-ATT-9',
    example: '1-13-2-1-1-rs-uv4-0-0-1-0-1-0-0-28-0-0-0-0-1-0-0-1-0-i-0-3-2-6n',
    plant: without('attempt', ['finish']),
  },
  {
    name: 'renew-without-seed',
    does: 'renewals and deletions compare the attempt alone',
    breaks: 'RSQ-STO-2',
    example: '1-0-1-1-1-k-7ps-0-1-1-0-0-1-0-0-0-0-0-0-l-26g-0-0-0-i-0-3-1-26i',
    plant: without('seed', ['renew', 'finish']),
  },
  {
    name: 'older-attempt-wins',
    does: 'any attempt attaches',
    breaks: 'RSQ-ATT-3',
    plant: {
      storeOperation: (operation) =>
        operation.kind === 'attach' || operation.kind === 'start' ? { ...operation, attempt: undefined } : operation,
    },
  },
  {
    name: 'busy',
    does: 'a session that is attached cannot be taken over',
    breaks: 'RSQ-ATT-7',
    plant: {
      storeOperation: (operation, table) => {
        const record = table.lookup(operation.clientId);
        if (operation.kind !== 'attach' || record === undefined) return operation;
        return { ...operation, attempt: record.attempt };
      },
    },
  },
  {
    name: 'start-makes-anew',
    does: 'a START for a session that is there draws a new seed',
    breaks: 'RSQ-OPN-3',
    plant: {
      storeOperation: (operation, table) => {
        const record = table.lookup(operation.clientId);
        if (operation.kind === 'start' && record !== undefined) {
          table.finish(operation.clientId, record.seed, record.attempt);
        }
        return operation;
      },
    },
  },
  {
    name: 'never-renews',
    does: 'renewals do not move the deadline',
    breaks: 'RSQ-RET-1',
    plant: pretending(({ kind }) => kind === 'renew'),
  },
  {
    name: 'finish-does-nothing',
    does: 'a session that is discarded stays until its retention is over',
    breaks: 'RSQ-CNF-2',
    plant: pretending(({ kind }) => kind === 'finish'),
  },
  {
    name: 'never-forgets',
    does: 'records have no deadline',
    breaks: 'RSQ-RET-3',
    plant: {
      storeOperation: (operation) => ('ttlMs' in operation ? { ...operation, ttlMs: FOR_EVER_MS } : operation),
    },
  },
  {
    name: 'forgets-early',
    does: 'deadlines are half of what was asked for',
    breaks: 'RSQ-RET-2',
    plant: {
      storeOperation: (operation) => ('ttlMs' in operation ? { ...operation, ttlMs: operation.ttlMs / 2 } : operation),
    },
  },
  {
    name: 'refusal-extends',
    does: 'a refused attempt keeps the record alive',
    breaks: 'RSQ-OPN-1',
    example: '1-0-1-1-1-k-7ps-0-1-1-0-1-0-0-0-0-0-0-0-l-1-0-0-0-c-0-0-2-7qd',
    plant: { storeAnswer: extendRefused },
  },
  {
    name: 'forgets-late',
    does: 'a record outlives its deadline by 2.5 s',
    breaks: 'RSQ-RET-3',
    plant: {
      storeOperation: (operation) =>
        operation.kind === 'renew' ? { ...operation, ttlMs: operation.ttlMs + 2_500 } : operation,
    },
  },
];
