/**
 * What happens in the proxy, as data: one JSON object each, and one line for people.
 */
import type { Direction } from './fault.ts';
import type { Passed } from './rule.ts';

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

/** One line for people. */
export function describeEvent({ connection, direction, fault, what, detail, up, down, ...rest }: ProxyEvent): string {
  const who = connection === undefined ? '' : `connection ${connection}`;
  const words = [who, rest.event, what ?? '', direction ?? '', fault ?? '', detail ?? ''];
  if (up !== undefined) words.push(`up ${amountOf(up)}`);
  if (down !== undefined) words.push(`down ${amountOf(down)}`);
  const text = words.filter((word) => word !== '').join('  ');
  return `${(rest.ms / 1_000).toFixed(1).padStart(6)} s  ${text}`;
}

function amountOf({ bytes, messages }: Passed): string {
  return `${bytes} B${messages === 0 ? '' : ` in ${messages} messages`}`;
}
