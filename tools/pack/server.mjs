/**
 * The server as a program of its user has it: with a store of the user's own, over a binding made by hand.
 */
import assert from 'node:assert/strict';
import { openSequence } from 'reseq/client';
import { PROTOCOL_VERSION, sumOf } from 'reseq/protocol';
import { createGrpcBinding, createServer } from 'reseq/server';
import { OwnStore } from './own-store.mjs';

assert.equal(PROTOCOL_VERSION, 1);

const store = new OwnStore(() => performance.now());
const starts = [];
const watched = new Proxy(store, {
  get: (target, name) => {
    if (name === 'start') starts.push(name);
    const member = target[name];
    return typeof member === 'function' ? member.bind(target) : member;
  },
});

const binding = createGrpcBinding({ host: '127.0.0.1', port: 0 });
const server = createServer({ store: watched, binding, intervalMs: 10 });
const { port } = await server.listen();
const address = `127.0.0.1:${port}`;

const stateful = await openSequence({ server: address, count: 5 }).drain();
assert.equal(stateful.result, 'complete');
assert.equal(stateful.checksum, stateful.expectedChecksum);
assert.equal(starts.length, 1, 'the session went through the own store');

const values = [];
const sequence = openSequence({ server: address, profile: 'stateless', count: 5 });
for await (const { value } of sequence) values.push(value);
const stateless = await sequence.result;
assert.equal(
  values.reduce((sum, value) => sum + value),
  sumOf(stateless.a, 2, 5),
);

await server.drain();
