/**
 * The exports as a TypeScript program sees them; compiled strictly, never run.
 */
import { openSequence, SequenceError, type StatefulResult } from 'reseq/client';
import { ERRORS, valueAt } from 'reseq/protocol';
import { createServer, type ReseqServer, type SessionStore } from 'reseq/server';
import { describeStoreContract } from 'reseq/store-contract';

export const code: 102 = ERRORS.SESSION_NOT_FOUND.code;
export const value: bigint = valueAt(23, 2, 4);

export function serve(store: SessionStore): ReseqServer {
  describeStoreContract('mine', async () => ({ store, advance: async () => {}, unitMs: 1_000, close: async () => {} }));
  return createServer({ store, intervalMs: 100 });
}

export async function receive(server: string): Promise<StatefulResult> {
  const sequence = openSequence({ server, count: 5 });
  try {
    for await (const item of sequence) {
      const number: number = item.value;
      // @ts-expect-error a wrong type has to be noticed, else everything here is `any`
      const text: string = number;
      void text;
    }
  } catch (error) {
    if (!(error instanceof SequenceError)) throw error;
  }
  return sequence.result;
}
