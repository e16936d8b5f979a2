import { createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { LoadConnection } from './connection.ts';
import { cancel, FLAG, FRAME, frame, greeting, headerBlock } from './frames.ts';

interface Scene {
  /** Of the peer. */
  readonly socket: Socket;
  readonly connection: LoadConnection;
  readonly received: string[];
  readonly ended: () => boolean;
}

/** A call to a peer that a test plays. */
async function play(act: (scene: Scene) => Promise<void>): Promise<void> {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const received: string[] = [];
  let hasEnded = false;
  const connection = new LoadConnection(
    port,
    () => undefined,
    () => undefined,
  );
  const ended = (): void => {
    hasEnded = true;
  };
  const message = (_atMs: number, bytes: Buffer | undefined): number => received.push(String(bytes));
  connection.call(headerBlock('/a/b'), Buffer.from('request'), { wantsBytes: true, message, ended });
  const socket = await accepted;
  socket.on('error', () => undefined);
  try {
    await act({ socket, connection, received, ended: () => hasEnded });
  } finally {
    connection.cut();
    socket.destroy();
    server.close();
  }
}

const until = async (holds: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 200 && !holds(); tries++) await new Promise((resolve) => setTimeout(resolve, 1));
};

const messages = (...texts: string[]): Buffer =>
  Buffer.concat(texts.flatMap((text) => [Buffer.of(0, 0, 0, 0, text.length), Buffer.from(text)]));

describe('a connection of the load generator', () => {
  it('sees messages wherever frames and packets are cut', async () => {
    await play(async ({ socket, received, ended }) => {
      const bytes = messages('one', 'twotwo', 'three');
      const wire = Buffer.concat([
        frame(FRAME.settings, 0, 0, Buffer.alloc(0)),
        frame(FRAME.headers, FLAG.endHeaders, 1, Buffer.of(0x88)),
        ...[bytes.subarray(0, 3), bytes.subarray(3, 12), bytes.subarray(12)].map((part) =>
          frame(FRAME.data, 0, 1, part),
        ),
        frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 1, Buffer.of(0x88)),
      ]);
      for (const byte of wire) socket.write(Buffer.of(byte));
      await until(ended);
      expect(received).to.deep.equal(['one', 'twotwo', 'three']);
      expect(ended()).to.equal(true);
    });
  });

  it('answers settings and pings', async () => {
    await play(async ({ socket }) => {
      let got = Buffer.alloc(0);
      socket.on('data', (chunk) => {
        got = Buffer.concat([got, chunk]);
      });
      socket.write(frame(FRAME.settings, 0, 0, Buffer.alloc(0)));
      socket.write(frame(FRAME.ping, 0, 0, Buffer.from('12345678')));
      const pong = frame(FRAME.ping, FLAG.ack, 0, Buffer.from('12345678'));
      await until(() => got.includes(pong));
      expect(got.includes(pong)).to.equal(true);
      expect(got.includes(frame(FRAME.settings, FLAG.ack, 0, Buffer.alloc(0)))).to.equal(true);
      expect(got.subarray(0, greeting().length)).to.deep.equal(greeting());
    });
  });

  it('hears nothing of a call that it has cancelled', async () => {
    await play(async ({ socket, connection, received, ended }) => {
      let got = Buffer.alloc(0);
      socket.on('data', (chunk) => {
        got = Buffer.concat([got, chunk]);
      });
      connection.cancel(1);
      await until(() => got.includes(cancel(1)));
      socket.write(frame(FRAME.data, 0, 1, messages('late')));
      socket.write(frame(FRAME.ping, 0, 0, Buffer.alloc(8)));
      await until(() => got.includes(frame(FRAME.ping, FLAG.ack, 0, Buffer.alloc(8))));
      expect(received).to.deep.equal([]);
      expect(ended()).to.equal(false);
    });
  });
});
