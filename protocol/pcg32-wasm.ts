/**
 * The generator of pcg32.ts as a WebAssembly module, for whole sequences: WebAssembly has the 64-bit product that JavaScript
 * lacks, which makes a checksum of 65,535 numbers twice as fast. The module is put together here instruction by instruction;
 * its `fill(state, bytes)` writes numbers from address 0 on, four at a time, and gives the state after them.
 * Source: WebAssembly Core Specification 1.0, section 5 (binary format).
 */
import { MAX_COUNT } from './limits.ts';
import { pcg32Fill } from './pcg32.ts';

const I32 = 0x7f;
const I64 = 0x7e;
/** Of 65,536 bytes: 65,535 numbers, and the one that comes with the last four. */
const PAGES = 4;
const MULTIPLIER = 6_364_136_223_846_793_005n;
const INCREMENT = 109n;

/** Locals: address of the end, next address, mixed bits; four positions, a number apart, so that none waits for another. */
const [END, ADDRESS, MIXED] = [1, 2, 3];
const LANES = [0, 4, 5, 6] as const;

const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const i64 = (value: bigint): number[] => [0x42, ...signed(value)];
const i32 = (value: number): number[] => [0x41, ...signed(BigInt(value))];
const WRAP = 0xa7;
const [I64_SHR, I64_XOR, I64_MUL, I64_ADD] = [0x88, 0x85, 0x7e, 0x7c];
const [I32_ROTR, I32_ADD, I32_LT_U] = [0x78, 0x6a, 0x49];

/** LEB128. */
function signed(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    const isLast = (rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0);
    bytes.push(isLast ? low : low | 0x80);
    if (isLast) return bytes;
  }
}

const section = (id: number, body: readonly number[]): number[] => [id, ...length(body), ...body];
const length = (body: readonly number[]): number[] =>
  body.length < 0x80 ? [body.length] : [(body.length & 0x7f) | 0x80, body.length >> 7];
const name = (text: string): number[] => [text.length, ...Buffer.from(text)];

/** state = state * multiplier + plus */
const step = (from: number, to: number, multiplier: bigint, plus: bigint): number[] => [
  ...[...get(from), ...i64(BigInt.asIntN(64, multiplier)), I64_MUL],
  ...[...i64(BigInt.asIntN(64, plus)), I64_ADD, ...set(to)],
];

/** Stores the number of a lane at address + 4 * lane. */
const store = (local: number, lane: number): number[] => [
  ...[...get(local), ...i64(18n), I64_SHR, ...get(local), I64_XOR, ...i64(27n), I64_SHR, WRAP, ...set(MIXED)],
  ...[...get(ADDRESS), ...get(MIXED), ...get(local), ...i64(59n), I64_SHR, WRAP, I32_ROTR],
  ...[0x36, 0x02, 4 * lane],
];

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const [multiplier, plus] = LANES.reduce(
    ([m, p]) => [BigInt.asUintN(64, m * MULTIPLIER), BigInt.asUintN(64, p * MULTIPLIER + INCREMENT)],
    [1n, 0n],
  );
  const code = [
    ...[0x02, 0x02, I32, LANES.length - 1, I64], // locals besides the parameters
    ...LANES.slice(1).flatMap((local, k) => step(LANES[k] ?? 0, local, MULTIPLIER, INCREMENT)),
    ...[0x03, 0x40], // loop
    ...LANES.flatMap((local, lane) => [...store(local, lane), ...step(local, local, multiplier, plus)]),
    ...[...get(ADDRESS), ...i32(4 * LANES.length), I32_ADD, 0x22, ADDRESS], // tee
    ...[...get(END), I32_LT_U, 0x0d, 0x00, 0x0b], // br_if 0, end of the loop
    ...[...get(LANES[0]), 0x0b],
  ];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 2, I64, I32, 1, I64]), // (i64, i32) -> i64
    ...section(3, [1, 0]),
    ...section(5, [1, 0, PAGES]),
    ...section(7, [2, ...name('fill'), 0, 0, ...name('memory'), 2, 0]),
    ...section(10, [1, ...length(code), ...code]),
  ]);
}

/** Numbers of a sequence from its beginning. */
export interface SequenceFiller {
  /** @param seed 0..2^64-1 @param count 0..65535 @returns the first `count` numbers, valid until the next call */
  fill(seed: bigint, count: number): Uint32Array<ArrayBuffer>;
}

const BYTES_PER_NUMBER = 4;

/** @throws Error where there is no WebAssembly, as under `node --jitless` */
export function wasmFiller(): SequenceFiller {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()));
  const { fill, memory } = exports;
  if (typeof fill !== 'function' || !(memory instanceof WebAssembly.Memory)) throw new Error('exports: fill, memory');
  const numbers = new Uint32Array(memory.buffer);
  return {
    fill: (seed, count) => {
      // Seeding as in pcg32At: one step from seed + increment. Then at least four numbers, of which none may be wanted.
      fill(BigInt.asIntN(64, (seed + INCREMENT) * MULTIPLIER + INCREMENT), BYTES_PER_NUMBER * count);
      return numbers.subarray(0, count);
    },
  };
}

/** The same in JavaScript. */
export function plainFiller(): SequenceFiller {
  const numbers = new Uint32Array(MAX_COUNT);
  return {
    fill: (seed, count) => {
      const wanted = numbers.subarray(0, count);
      pcg32Fill(seed, 0, wanted);
      return wanted;
    },
  };
}
