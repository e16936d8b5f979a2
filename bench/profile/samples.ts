/**
 * What V8's sampling profiler has written (`node --cpu-prof`), told by the part of the program that was running.
 */

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
}

/** A `.cpuprofile`, as far as it is read. Times in microseconds of the monotonic clock. */
export interface CpuProfile {
  readonly startTime: number;
  readonly nodes: readonly ProfileNode[];
  /** Ids of nodes. */
  readonly samples: readonly number[];
  /** To each sample, the time since the one before. */
  readonly timeDeltas: readonly number[];
}

export interface Share {
  readonly name: string;
  /** 0..1 of the time in which the process was not idle. */
  readonly share: number;
}

export interface Shares {
  readonly parts: readonly Share[];
  /** The functions that took most, with their file. */
  readonly functions: readonly Share[];
}

const IDLE = '(idle)';
/** The first that fits. */
const PARTS: readonly (readonly [name: string, fits: RegExp])[] = [
  ['sessions: reference-server/', /\/reference-server\/(?!bindings\/)/],
  ['gRPC binding: reference-server/bindings/', /\/reference-server\/bindings\//],
  ['protocol/', /\/protocol\/|^wasm:/],
  ['the bare server itself', /\/bench\//],
  ['libraries: grpc-js and others', /\/node_modules\//],
  ['node: HTTP/2', /^node:internal\/http2/],
  ['node: streams', /^node:(internal\/streams|stream)/],
  ['node: sockets', /^node:(net|internal\/stream_base|internal\/net)/],
  ['node: timers, ticks, the rest', /^node:/],
];
/** V8's own names for what is no function of JavaScript. */
const NATIVE: Readonly<Record<string, string>> = {
  '(garbage collector)': 'garbage collection',
  '(program)': 'native code and kernel',
};

function partOf({ functionName, url }: ProfileNode['callFrame']): string {
  // Functions of V8 and of Node in C++ have no file.
  if (url === '') return NATIVE[functionName] ?? 'native functions called from JavaScript';
  return PARTS.find(([, fits]) => fits.test(url))?.[0] ?? 'other';
}

function functionOf({ functionName, url }: ProfileNode['callFrame']): string {
  const file = url.split('/').slice(-2).join('/');
  return `${functionName === '' ? '(anonymous)' : functionName}${file === '' ? '' : ` ${file}`}`;
}

/** @param fromUs start of the window @param toUs its end, both of the monotonic clock */
export function sharesWithin(profile: CpuProfile, fromUs: number, toUs: number): Shares {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const byPart = new Map<string, number>();
  const byFunction = new Map<string, number>();
  let total = 0;
  let atUs = profile.startTime;
  for (const [i, id] of profile.samples.entries()) {
    atUs += profile.timeDeltas[i] ?? 0;
    const frame = nodes.get(id);
    // A sample tells what ran until the next one.
    const tookUs = profile.timeDeltas[i + 1] ?? 0;
    if (frame === undefined || atUs < fromUs || atUs >= toUs || frame.functionName === IDLE) continue;
    total += tookUs;
    byPart.set(partOf(frame), (byPart.get(partOf(frame)) ?? 0) + tookUs);
    byFunction.set(functionOf(frame), (byFunction.get(functionOf(frame)) ?? 0) + tookUs);
  }
  return { parts: sorted(byPart, total), functions: sorted(byFunction, total) };
}

function sorted(times: ReadonlyMap<string, number>, total: number): Share[] {
  return [...times].map(([name, us]) => ({ name, share: us / total })).sort((a, b) => b.share - a.share);
}
