/**
 * The golden vectors as a program of their user has them: by function, and as plain JSON files.
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { pcg32At } from 'reseq/protocol';
import { loadVectors, rightVectors } from 'reseq/vectors';

const files = loadVectors();
assert.ok(files.length >= 10);
assert.ok(files.every((file) => rightVectors(file).length > 0));

const require = createRequire(import.meta.url);
const { vectors } = require('reseq/vectors/pcg32.json');
const { input, output } = vectors.find(({ id }) => id === 'published-demo');
const generator = pcg32At(BigInt(`0x${input.seed}`), input.from);
const items = output.items.map(() => generator.next().toString(16).padStart(8, '0'));
assert.deepEqual(items, output.items);
