/**
 * `npm run bench -- --profile paced`: what the CPU of the server is spent on, beside the floor where there is one.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Generator } from '../load/generator.ts';
import { N, open, type Streams } from '../measure/windows.ts';
import { type Peer, type PeerName, startPeer } from '../peers/peers.ts';
import { type Cell, table } from '../table.ts';
import { type CpuProfile, type Shares, sharesWithin } from './samples.ts';

interface Load {
  readonly title: string;
  /** What the CPU is divided by. */
  readonly unit: string;
  readonly peers: readonly PeerName[];
  readonly streams: Streams;
  readonly flags?: readonly string[];
  /** What is not looked at. */
  begin(load: Generator, peer: Peer): Promise<void>;
  /** What is. @returns how many units of work it was */
  window(load: Generator, peer: Peer): Promise<number>;
}

const WINDOW_MS = 4_000;
const RESUMES = 500;
/** No part of a millisecond: servers wake by timers of whole ones, and would always be seen at the same point of their work. */
const SAMPLE_US = 311;

function paced(title: string, streams: Streams): Load {
  return {
    title,
    unit: 'message',
    peers: ['reseq', 'http2'],
    streams,
    begin: (load, peer) => open(load, peer, streams),
    window: async (load) => (await load.order({ kind: 'window', ms: WINDOW_MS })).messages,
  };
}

/** A connection for each session. */
const OWN: Streams = { connections: 10_000, sessions: 10_000, intervalMs: 1_000 };

const LOADS: Readonly<Record<string, Load>> = {
  paced: paced('50,000 messages a second of 1,000 sessions', { connections: 10, sessions: 1_000, intervalMs: 20 }),
  capacity: paced('10,000 sessions at a message a second', { connections: 10, sessions: 10_000, intervalMs: 1_000 }),
  storm: {
    title: '10,000 connections reset at once, until all are back',
    unit: 'session',
    peers: ['reseq', 'http2'],
    streams: OWN,
    flags: ['--max-connections', String(2 * OWN.sessions)],
    begin: (load, peer) => open(load, peer, OWN),
    window: async (load, peer) => {
      const { missing } = await load.order({ kind: 'storm', port: peer.port });
      return OWN.sessions - missing;
    },
  },
  resume: {
    title: `FINAL of sequences of ${N} with their checksums`,
    unit: 'resume',
    peers: ['reseq'],
    streams: { connections: 1, sessions: 1_000, intervalMs: 1_000 },
    flags: ['--resume-rate', '0'],
    begin: async (load, peer) => void (await resumes(load, peer, RESUMES / 5)),
    window: async (load, peer) => resumes(load, peer, RESUMES),
  },
};

export const PROFILES: readonly string[] = Object.keys(LOADS);

async function resumes(load: Generator, { port }: Peer, samples: number): Promise<number> {
  await load.order({ kind: 'resume', port, n: N, index: N - 1, samples });
  return samples;
}

/** @param name one of {@link PROFILES}. @returns a table */
export async function profileText(name: string): Promise<string> {
  const load = LOADS[name];
  if (load === undefined) throw new RangeError(`profile: expected ${PROFILES.join(', ')}, got ${name}`);
  const seen: Seen[] = [];
  for (const peer of load.peers) seen.push(await look(load, peer));
  return text(load, seen);
}

interface Seen {
  readonly name: PeerName;
  readonly shares: Shares;
  /** CPU of the server for each unit of work. */
  readonly us: number;
}

async function look(what: Load, name: PeerName): Promise<Seen> {
  const folder = mkdtempSync(join(tmpdir(), 'reseq-profile-'));
  const load = new Generator();
  const peer = await startPeer(name, {
    intervalMs: what.streams.intervalMs,
    streams: what.streams.sessions,
    flags: what.flags ?? [],
    nodeFlags: ['--cpu-prof', '--cpu-prof-interval', String(SAMPLE_US), '--cpu-prof-dir', folder],
  });
  try {
    await what.begin(load, peer);
    const before = peer.usage();
    const fromUs = monotonicUs();
    const amount = await what.window(load, peer);
    const toUs = monotonicUs();
    const us = (1_000 * (peer.usage().cpuMs - before.cpuMs)) / amount;
    await load.end();
    await peer.stop();
    return { name, us, shares: sharesWithin(read(folder), fromUs, toUs) };
  } finally {
    await load.end();
    await peer.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The clock that profiles are told by. */
function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

/** Each thread writes a file, the main thread that of number 0. */
function read(folder: string): CpuProfile {
  const file = readdirSync(folder).find((one) => /^CPU\.\d+\.\d+\.\d+\.0\./.test(one));
  if (file === undefined) throw new Error(`${folder}: the server has written no profile`);
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile;
}

const MOST_FUNCTIONS = 12;

function text({ title, unit }: Load, seen: readonly Seen[]): string {
  const names = [...new Set(seen.flatMap(({ shares }) => shares.parts.map((part) => part.name)))];
  const rows = names.map((part): Cell[] => [
    `  ${part}`,
    ...seen.flatMap(({ shares, us }) => {
      const share = shares.parts.find(({ name }) => name === part)?.share ?? 0;
      return [(share * us).toFixed(2), `${(100 * share).toFixed(0)} %`];
    }),
  ]);
  const head = [`us of CPU for a ${unit}`, ...seen.flatMap(({ name }) => [name, ''])];
  const whole: Cell[] = ['  all', ...seen.flatMap(({ us }) => [us.toFixed(2), ''])];
  const [own] = seen;
  const functions = (own?.shares.functions ?? []).slice(0, MOST_FUNCTIONS);
  const most = functions.map(({ name, share }): Cell[] => [`  ${name}`, `${(100 * share).toFixed(1)} %`]);
  return `\n== Profile: ${title} (--profile)\n${table([head, whole, ...rows])}${table([['most in functions of their own', ''], ...most])}`;
}
