import { createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { refusal } from '../../protocol/errors.ts';
import type { Final, Open, ServerMessage } from '../../protocol/messages.ts';
import { CHECKSUM_42_6, CLIENT_ID, NUMBERS_42, openedFor, RESUME_KEY, STATEFUL_6 } from '../testing/drive.ts';
import { runAgainst } from '../testing/running.ts';
import { type Script, ScriptedServer, type ScriptedStream } from '../testing/scripted-server.ts';
import { grpcBinding, targetOf } from './grpc.ts';

function numbers(from: number, to: number): ServerMessage[] {
  return NUMBERS_42.slice(from, to).map((value, at) => ({ kind: 'item', index: from + at, value }));
}

const FINAL: Final = {
  kind: 'final',
  index: 5,
  value: NUMBERS_42[5],
  checksum: Buffer.from(CHECKSUM_42_6, 'hex'),
};

/** Whatever is asked for, to the end. */
const serveAll: Script = (stream) => {
  const opened = openedFor(stream.open, { extensions: stream.open.extensions });
  stream.send(opened, ...numbers(opened.nextIndex, 5), FINAL).end();
};

/** OPENED and the next `count` items, then what `ending` does. */
function servePart(count: number, ending: (stream: ScriptedStream) => void): Script {
  return (stream) => {
    const opened = openedFor(stream.open);
    stream.send(opened, ...numbers(opened.nextIndex, opened.nextIndex + count));
    ending(stream);
  };
}

describe('grpc binding of the client', () => {
  it('receives a whole sequence over one connection', async () => {
    const { server, result, items } = await runAgainst([serveAll], STATEFUL_6);
    expect(result).to.include({ result: 'complete', received: 6, checksum: CHECKSUM_42_6, reconnects: 0 });
    expect(items).to.deep.equal([...NUMBERS_42]);
    expect(server.sockets).to.have.length(1);
  });

  it('resumes after a TCP reset, on a new connection, without loss or repetition', async () => {
    const { server, result, items } = await runAgainst(
      [servePart(2, (stream) => stream.reset()), servePart(1, (stream) => stream.reset()), serveAll],
      STATEFUL_6,
    );
    expect(result).to.include({ result: 'complete', reconnects: 2 });
    expect(items).to.deep.equal([...NUMBERS_42]);
    expect(server.sockets).to.have.length(3);
    expect(server.opens.map(({ request }) => request)).to.deep.equal([
      { kind: 'stateful-start', clientId: CLIENT_ID, n: 6, attempt: 1 },
      { kind: 'stateful-resume', clientId: CLIENT_ID, nextIndex: 2, resumeKey: RESUME_KEY, attempt: 2 },
      { kind: 'stateful-resume', clientId: CLIENT_ID, nextIndex: 3, resumeKey: RESUME_KEY, attempt: 3 },
    ]);
  });

  it('takes an early end without error for a drop', async () => {
    const { result } = await runAgainst([servePart(2, (stream) => stream.end()), serveAll], STATEFUL_6);
    expect(result).to.include({ result: 'complete', reconnects: 1 });
  });

  it('takes a resume key and a checksum of the wrong length for drops, not for another sequence', async () => {
    const shortKey: Script = (stream) => {
      const resumeKey = RESUME_KEY.slice(1);
      stream.send(
        openedFor(stream.open, { sequence: { profile: 'stateful', n: 6, retentionMs: 1, resumeKey, attempt: 1 } }),
      );
    };
    const shortChecksum = servePart(5, (stream) => stream.send({ ...FINAL, checksum: FINAL.checksum.slice(1) }));
    const { result, items } = await runAgainst([shortKey, shortChecksum, serveAll], STATEFUL_6);
    expect(result).to.include({ result: 'complete', reconnects: 2 });
    expect(items).to.deep.equal([...NUMBERS_42]);
  });

  it('drops an old item that has no value', async () => {
    const item0 = Buffer.of(0x12, 0);
    const { result, items } = await runAgainst(
      [
        servePart(2, (stream) =>
          stream
            .sendBytes(item0)
            .send(...numbers(2, 5), FINAL)
            .end(),
        ),
      ],
      STATEFUL_6,
    );
    expect(result).to.include({ result: 'complete', reconnects: 0 });
    expect(items).to.deep.equal([...NUMBERS_42]);
  });

  it('tells a terminal error with the code of its trailer', async () => {
    const script = servePart(1, (stream) => stream.fail(refusal('SESSION_NOT_FOUND', 'no such session')));
    const { result } = await runAgainst([script], STATEFUL_6);
    expect(result.result).to.equal('incomplete');
    expect(result.error).to.include({ code: 102, detail: 'no such session', origin: 'remote' });
  });

  it('waits as long as a trailer asks', async () => {
    const script: Script = (stream) => stream.fail(refusal('OVERLOADED', 'full', { retryAfterMs: 2_000 }));
    const { notices } = await runAgainst([script, serveAll], STATEFUL_6);
    const waits = notices.flatMap((notice) => (notice.kind === 'waiting' ? [notice.delayMs] : []));
    expect(waits).to.deep.equal([2_250]);
  });

  it('is rejected by a server without the service, before any opened', async () => {
    const { result } = await runAgainst(
      [(stream) => stream.fail({ code: 12, details: 'unknown service' })],
      STATEFUL_6,
    );
    expect(result.result).to.equal('rejected');
  });

  it('takes a bare unimplemented after an opened for a drop', async () => {
    const script = servePart(1, (stream) => stream.fail({ code: 12, details: 'unknown service' }));
    const { result } = await runAgainst([script, serveAll], STATEFUL_6);
    expect(result).to.include({ result: 'complete', reconnects: 1 });
  });

  it('takes bytes that are no message for a fault of the peer', async () => {
    const rubbish: Script = (stream) => stream.send(openedFor(stream.open)).sendBytes(Uint8Array.of(0xff, 0xff, 0xff));
    const { result } = await runAgainst([rubbish], STATEFUL_6);
    expect(result).to.include({ result: 'mismatch', reconnects: 4 });
    expect(result.error?.registryName).to.equal('PROTOCOL_ERROR');
  });

  it('takes the largest stateless value', async () => {
    const largest = 255n * 3n ** 65_534n;
    const answers: unknown[] = [];
    const script: Script = (stream) => stream.send({ kind: 'item', index: 65_534, value: largest }).end();
    await converse(script, { extensions: [], request: { kind: 'stateless-start', ratio: 3 } }, answers);
    expect(answers).to.deep.equal([{ ok: true, value: { kind: 'item', index: 65_534, value: largest } }, 'ended']);
  });

  it('confirms over the connection that delivered final', async () => {
    const { server, result } = await runAgainst([serveAll], STATEFUL_6, { extensions: ['confirm-final'] });
    expect(result.result).to.equal('complete');
    expect(server.confirms).to.deep.equal([{ clientId: CLIENT_ID, resumeKey: Buffer.from(RESUME_KEY), attempt: 1 }]);
    expect(server.sockets).to.have.length(1);
  });

  it('completes when a confirm is answered with a terminal error', async () => {
    const gone = refusal('SESSION_NOT_FOUND', 'gone');
    const { result } = await runAgainst([serveAll], STATEFUL_6, { extensions: ['confirm-final'] }, gone);
    expect(result).to.include({ result: 'complete', error: undefined });
  });

  it('does not ask a server again that has no confirm', async () => {
    const unknown = { code: 12, details: 'unknown method' };
    const { server, result } = await runAgainst([serveAll], STATEFUL_6, { extensions: ['confirm-final'] }, unknown);
    expect(result).to.include({ result: 'complete', error: undefined });
    expect(server.confirms).to.have.length(1);
  });

  it('reports a port where nothing listens as retryable, with the cause in its words', async () => {
    const server = await ScriptedServer.start([serveAll]);
    const { address } = server;
    server.stop();
    const link = grpcBinding({ server: address }).connect();
    const open: Open = { extensions: [], request: { kind: 'stateless-start', ratio: 2 } };
    const error = await new Promise((resolve) => {
      link.open(open, false, { message: () => {}, ended: resolve });
    });
    link.close();
    expect(error).to.include({ retryable: true });
    expect(error).to.have.property('detail').that.includes('ECONNREFUSED');
  });

  it('does not ask a proxy of the environment for the way to loopback', async () => {
    process.env['http_proxy'] = 'http://127.0.0.1:1';
    try {
      const { result } = await runAgainst([serveAll], STATEFUL_6);
      expect(result.result).to.equal('complete');
    } finally {
      delete process.env['http_proxy'];
    }
  });

  it('says nothing while paused, and hands in what had come before a drop ahead of its end', async () => {
    const server = await ScriptedServer.start([
      servePart(5, (stream) => stream.send(FINAL).fail(refusal('UNAVAILABLE', 'shutting down'))),
    ]);
    const link = grpcBinding({ server: server.address }).connect();
    const heard: string[] = [];
    const over = new Promise<void>((resolve) => {
      link.open(openRequest(), false, {
        message: (message) => {
          heard.push(message.ok ? message.value.kind : 'rubbish');
          if (heard.length === 2) link.pause();
        },
        ended: () => {
          heard.push('ended');
          resolve();
        },
      });
    });
    await new Promise((resolve) => setTimeout(resolve, 45));
    const whilePaused = heard.join(' ');
    link.resume();
    await over;
    link.close();
    server.stop();
    expect(whilePaused).to.equal('opened item');
    expect(heard.join(' ')).to.equal('opened item item item item item final ended');
  });

  for (const [host, target] of [
    ['unix', 'dns:///unix:9000'],
    ['dns', 'dns:///dns:9000'],
    ['localhost', 'dns:///localhost:9000'],
    ['127.0.0.1', 'dns:///127.0.0.1:9000'],
    ['::1', 'dns:///[::1]:9000'],
  ] as const) {
    it(`takes ${host} for a name or an address, not for a scheme`, () => {
      expect(targetOf({ host, port: 9_000 })).to.equal(target);
    });
  }

  it('closes a connection on which nobody has spoken HTTP/2', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const link = grpcBinding({ server: { host: '127.0.0.1', port: portOf(server) } }).connect();
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    link.open(openRequest(), false, { message: () => {}, ended: () => {} });
    const socket = await accepted;
    const closed = new Promise<void>((resolve) => socket.resume().once('close', () => resolve()));
    link.close();
    await closed;
    server.close();
  });

  it('closes its TCP connection and says nothing more once it is closed', async () => {
    const server = await ScriptedServer.start([servePart(1, () => {})]);
    const link = grpcBinding({ server: server.address }).connect();
    let heard = 0;
    await new Promise<void>((resolve) => {
      link.open(openRequest(), false, {
        message: () => {
          heard += 1;
          link.close();
          resolve();
        },
        ended: () => {
          heard += 100;
        },
      });
    });
    const [socket] = server.sockets;
    await new Promise<void>((resolve) => socket?.once('close', () => resolve()));
    server.stop();
    expect(heard).to.equal(1);
  });
});

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return address.port;
}

function openRequest(): Open {
  return { extensions: [], request: { kind: 'stateful-start', clientId: CLIENT_ID, n: 6, attempt: 1 } };
}

/** One stream on its own, without a state machine. */
async function converse(script: Script, open: Open, heard: unknown[]): Promise<void> {
  const server = await ScriptedServer.start([script]);
  const link = grpcBinding({ server: server.address }).connect();
  await new Promise<void>((resolve) => {
    link.open(open, false, {
      message: (message) => heard.push(message),
      ended: () => {
        heard.push('ended');
        resolve();
      },
    });
  });
  link.close();
  server.stop();
}
