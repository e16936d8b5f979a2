/**
 * The generator of pcg32.ts as a WebAssembly module, for whole sequences: WebAssembly has the 64-bit product that JavaScript
 * lacks, and turns the bytes of four numbers round at once, as a checksum takes them. The module is put together here
 * instruction by instruction; its `fill(state, bytes)` writes numbers from address 0 on, four at a time.
 * Source: WebAssembly Core Specification 2.0, section 5 (binary format).
 */
import { MAX_COUNT } from './limits.ts';
import { pcg32Fill } from './pcg32.ts';

const I32 = 0x7f;
const I64 = 0x7e;
const V128 = 0x7b;
/** Of 65,536 bytes: 65,535 numbers, and the one that comes with the last four. */
const PAGES = 4;
const MULTIPLIER = 6_364_136_223_846_793_005n;
const INCREMENT = 109n;

/**
 * Locals: address of the end, next address, mixed bits; four positions, a number apart, so that none waits for another; four
 * numbers.
 */
const [END, ADDRESS, MIXED] = [1, 2, 3];
const LANES = [0, 4, 5, 6] as const;
const NUMBERS = 7;

const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const i64 = (value: bigint): number[] => [0x42, ...signed(value)];
const i32 = (value: number): number[] => [0x41, ...signed(BigInt(value))];
const WRAP = 0xa7;
const [I64_SHR, I64_SHL, I64_XOR, I64_OR, I64_MUL, I64_ADD] = [0x88, 0x86, 0x85, 0x84, 0x7e, 0x7c];
const I64_EXTEND_U = 0xad;
const [I32_ROTR, I32_ADD, I32_LT_U] = [0x78, 0x6a, 0x49];
const VECTOR_PREFIX = 0xfd; // before each of these
const [V128_STORE, I8X16_SHUFFLE, I64X2_SPLAT, I64X2_REPLACE_LANE] = [0x0b, 0x0d, 0x12, 0x1e];
/** Of 16 bytes: those of each number in reverse. */
const REVERSED = [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12];

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

/** The number at a position. */
const output = (local: number): number[] => [
  ...[...get(local), ...i64(18n), I64_SHR, ...get(local), I64_XOR, ...i64(27n), I64_SHR, WRAP, ...set(MIXED)],
  ...[...get(MIXED), ...get(local), ...i64(59n), I64_SHR, WRAP, I32_ROTR],
];

/** The numbers at two positions, the first in the low half. */
const pair = (first: number, second: number): number[] => [
  ...[...output(first), I64_EXTEND_U, ...output(second), I64_EXTEND_U, ...i64(32n), I64_SHL, I64_OR],
];

/** The numbers of all lanes, big-endian. */
const store = (): number[] => [
  ...get(ADDRESS),
  ...[
    ...pair(LANES[0], LANES[1]),
    VECTOR_PREFIX,
    I64X2_SPLAT,
    ...pair(LANES[2], LANES[3]),
    VECTOR_PREFIX,
    I64X2_REPLACE_LANE,
    1,
  ],
  ...[0x22, NUMBERS, ...get(NUMBERS), VECTOR_PREFIX, I8X16_SHUFFLE, ...REVERSED], // tee
  ...[VECTOR_PREFIX, V128_STORE, 0x04, 0x00],
];

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const [multiplier, plus] = LANES.reduce(
    ([m, p]) => [BigInt.asUintN(64, m * MULTIPLIER), BigInt.asUintN(64, p * MULTIPLIER + INCREMENT)],
    [1n, 0n],
  );
  const code = [
    ...[0x03, 0x02, I32, LANES.length - 1, I64, 0x01, V128], // locals besides the parameters
    ...LANES.slice(1).flatMap((local, k) => step(LANES[k] ?? 0, local, MULTIPLIER, INCREMENT)),
    ...[0x03, 0x40], // loop
    ...store(),
    ...LANES.flatMap((local) => step(local, local, multiplier, plus)),
    ...[...get(ADDRESS), ...i32(4 * LANES.length), I32_ADD, 0x22, ADDRESS], // tee
    ...[...get(END), I32_LT_U, 0x0d, 0x00, 0x0b, 0x0b], // br_if 0, end of the loop, end
  ];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 2, I64, I32, 0]), // (i64, i32) -> ()
    ...section(3, [1, 0]),
    ...section(5, [1, 0, PAGES]),
    ...section(7, [2, ...name('fill'), 0, 0, ...name('memory'), 2, 0]),
    ...section(10, [1, ...length(code), ...code]),
  ]);
}

const MODULE = moduleBytes();

/** Numbers of a sequence from its beginning. */
export interface SequenceFiller {
  /**
   * @param seed 0..2^64-1 @param count 0..65535
   * @returns the first `count` numbers, 4 bytes each, big-endian; valid until the next call
   */
  fill(seed: bigint, count: number): Buffer<ArrayBuffer>;
}

const BYTES_PER_NUMBER = 4;
/** Order in which this machine keeps the bytes of a Uint32Array. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** The fastest one of this machine: WebAssembly is absent under `node --jitless`, and its vectors from old processors. */
export function sequenceFiller(): SequenceFiller {
  return typeof WebAssembly !== 'undefined' && WebAssembly.validate(MODULE) ? wasmFiller() : plainFiller();
}

/** @throws Error where there is no WebAssembly with vectors */
export function wasmFiller(): SequenceFiller {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(MODULE));
  const { fill, memory } = exports;
  if (typeof fill !== 'function' || !(memory instanceof WebAssembly.Memory)) throw new Error('exports: fill, memory');
  const bytes = Buffer.from(memory.buffer);
  return {
    fill: (seed, count) => {
      // Seeding as in pcg32At: one step from seed + increment. Then at least four numbers, of which none may be wanted.
      fill(BigInt.asIntN(64, (seed + INCREMENT) * MULTIPLIER + INCREMENT), BYTES_PER_NUMBER * count);
      return bytes.subarray(0, BYTES_PER_NUMBER * count);
    },
  };
}

/** The same in JavaScript. */
export function plainFiller(): SequenceFiller {
  const numbers = new Uint32Array(MAX_COUNT);
  return {
    fill: (seed, count) => {
      pcg32Fill(seed, 0, numbers.subarray(0, count));
      const bytes = Buffer.from(numbers.buffer, 0, BYTES_PER_NUMBER * count);
      return IS_LITTLE_ENDIAN ? bytes.swap32() : bytes;
    },
  };
}
