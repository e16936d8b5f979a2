/**
 * What happens in the proxy, as data: one JSON object each, and one line for people.
 */
import type { Direction } from './fault.ts';
import type { Passed } from './rule.ts';
import { messagesText, sizeText } from './units.ts';

export type ProxyEventKind =
  | 'listening'
  | 'accepted'
  | 'refused'
  | 'unreachable'
  | 'fault-on'
  | 'fault-off'
  | 'cut'
  | 'held'
  | 'healed'
  | 'refusing'
  | 'client-closed'
  | 'server-closed'
  | 'closed'
  | 'stopped';

export interface ProxyEvent {
  /** Milliseconds since the proxy began. */
  readonly ms: number;
  readonly event: ProxyEventKind;
  /** From 1; absent when all connections are meant. */
  readonly connection?: number;
  readonly direction?: Direction;
  /** As its user wrote it. */
  readonly fault?: string;
  /** What a fault or a person has done to a connection: rst, fin, blackhole. */
  readonly what?: string;
  readonly detail?: string;
  /** What has passed in each direction. */
  readonly up?: Passed;
  readonly down?: Passed;
}

/** What the end of a connection says as well. */
const DETAILS: ReadonlySet<ProxyEventKind> = new Set(['client-closed', 'server-closed']);

/** Whether a person wants to read of it. */
export function isForPeople({ event }: ProxyEvent): boolean {
  return !DETAILS.has(event);
}

/** One line for people. */
export function describeEvent(event: ProxyEvent): string {
  const { ms, connection, direction } = event;
  const who =
    connection === undefined ? '' : `connection ${connection}${direction === undefined ? '' : ` ${direction}`}: `;
  return `${(ms / 1_000).toFixed(1).padStart(6)} s  ${who}${told(event)}`;
}

function told({ event, connection, fault = '', what = '', detail = '', up, down }: ProxyEvent): string {
  switch (event) {
    case 'held':
      return 'the cable is cut: nothing passes, new connections neither, until h';
    case 'refusing':
      return 'down: new connections are reset until h';
    case 'cut':
      return `${connection === undefined ? 'all connections: ' : ''}${CUTS[what] ?? what}${fault && ` by ${fault}`}`;
    case 'fault-on':
      return `${fault} begins`;
    case 'fault-off':
      return `${fault} ends`;
    default:
      return [`${event}${detail && ` ${detail}`}`, up && `up ${amountOf(up)}`, down && `down ${amountOf(down)}`]
        .filter(Boolean)
        .join(', ');
  }
}

const CUTS: Readonly<Record<string, string>> = {
  rst: 'reset',
  fin: 'ended (FIN)',
  blackhole: 'dead, and neither end is told',
};

function amountOf({ bytes, messages }: Passed): string {
  return `${sizeText(bytes)}${messages === 0 ? '' : ` in ${messagesText(messages)}`}`;
}
