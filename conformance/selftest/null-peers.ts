/** Programs that are no servers: the suite must not find a single thing right about them. */

import net from 'node:net';
import type { Behaviour } from '../peer/peer.ts';
import { startPeer } from '../peer/peer.ts';
import type { Play } from '../peer/player.ts';
import type { Admission, CallEnd } from '../peer/transport.ts';

export const NULL_PEERS = [
  'closed-port',
  'accept-and-close',
  'silence',
  'random-bytes',
  'settings-then-close',
  'unimplemented',
  'instant-ok',
] as const;

export type NullPeer = (typeof NULL_PEERS)[number];

export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

const ADMISSIONS: Partial<Readonly<Record<NullPeer, Admission>>> = {
  'accept-and-close': 'close',
  silence: 'black-hole',
  'random-bytes': 'garbage',
  'settings-then-close': 'settings-then-close',
};

class Answering implements Behaviour {
  private readonly end: CallEnd;
  private readonly admission: Admission;

  constructor(end: CallEnd, admission: Admission) {
    this.end = end;
    this.admission = admission;
  }

  admit(): Admission {
    return this.admission;
  }

  open(): Play | CallEnd {
    return this.end;
  }

  confirm(): CallEnd {
    return this.end;
  }

  describe(): CallEnd {
    return this.end;
  }
}

export async function startNullPeer(kind: NullPeer): Promise<Listening> {
  if (kind === 'closed-port') return closedPort();
  const status = kind === 'instant-ok' ? 'OK' : 'UNIMPLEMENTED';
  return startPeer(new Answering({ status }, ADMISSIONS[kind] ?? 'serve'));
}

/** A port that was free a moment ago. */
async function closedPort(): Promise<Listening> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return { port: address !== null && typeof address === 'object' ? address.port : 0, close: () => Promise.resolve() };
}
