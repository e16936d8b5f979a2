/** The numbers of a peer's streams, out of the suite's own oracle, in the form that the player sends. */

import { createHash } from 'node:crypto';
import type { Sequence } from './player.ts';

const MULT = 6364136223846793005n;
const INC = 109n;
const u64 = (v: bigint): bigint => BigInt.asUintN(64, v);

function pcg(seed: bigint, n: number): Uint32Array {
  let s = u64(u64(INC + seed) * MULT + INC);
  const out = new Uint32Array(n);
  for (let k = 0; k < n; k++) {
    const x = Number(BigInt.asUintN(32, ((s >> 18n) ^ s) >> 27n));
    const r = Number(s >> 59n);
    out[k] = (x >>> r) | (x << (-r & 31));
    s = u64(s * MULT + INC);
  }
  return out;
}

export function resumeKeyOf(clientId: string, seed: bigint): Uint8Array {
  const id = Buffer.from(clientId.replaceAll('-', ''), 'hex');
  const seedBytes = Buffer.alloc(8);
  seedBytes.writeBigUInt64BE(seed);
  return createHash('sha256')
    .update(Buffer.concat([Buffer.from('reseq/1 resume-key\0', 'latin1'), id, seedBytes]))
    .digest()
    .subarray(0, 16);
}

/** n outputs of PCG32. */
export function statefulSequence(seed: bigint, n: number): Sequence {
  const values = pcg(seed, n);
  return {
    profile: 'stateful',
    count: n,
    value: (index) => values[index] ?? 0,
    checksum: (count) => {
      const bytes = Buffer.alloc(count * 4);
      values.subarray(0, count).forEach((value, i) => {
        bytes.writeUInt32BE(value, i * 4);
      });
      return createHash('sha256').update(bytes).digest();
    },
  };
}

/** All 65,535 items of a * ratio^k. */
export function statelessSequence(a: number, ratio: number): Sequence {
  return {
    profile: 'stateless',
    count: 65_535,
    value: (index) => (ratio === 2 ? shifted(a, index) : bigEndian(BigInt(a) * BigInt(ratio) ** BigInt(index))),
    checksum: () => new Uint8Array(),
  };
}

/** a * 2^k without arithmetic on large numbers: a full-length stream needs thousands of them per second. */
function shifted(a: number, k: number): Uint8Array {
  const head = bigEndian(BigInt(a << (k % 8)));
  return Buffer.concat([head, Buffer.alloc(Math.floor(k / 8))]);
}

function bigEndian(value: bigint): Uint8Array {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}
