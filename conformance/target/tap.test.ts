import net from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { Tap } from './tap.ts';

/** A tap whose other end echoes, and what has come through it. */
async function echo(): Promise<{ tap: Tap; got(): string; close(): void }> {
  const server = net.createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const socket = net.connect(address !== null && typeof address === 'object' ? address.port : 0, '127.0.0.1');
  const tap = new Tap(socket);
  let text = '';
  tap.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return {
    tap,
    got: () => text,
    close: () => {
      tap.destroy();
      server.close();
    },
  };
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !holds(); i++) await wait(2);
}

describe('a tap', () => {
  it('lets everything through', async () => {
    const { tap, got, close } = await echo();
    tap.write('hello');
    await until(() => got() === 'hello');
    expect(got()).to.equal('hello');
    close();
  });

  it('shuts after exactly so many bytes and lets in later what it held', async () => {
    const { tap, got, close } = await echo();
    const shut = tap.shutAfter(3);
    tap.write('hello');
    await shut;
    tap.write(' again');
    await wait(20);
    expect(got()).to.equal('hel');
    tap.reopen();
    await until(() => got().length === 11);
    expect(got()).to.equal('hello again');
    close();
  });

  it('is shut at once after 0 bytes', async () => {
    const { tap, got, close } = await echo();
    await tap.shutAfter(0);
    tap.write('hello');
    await wait(20);
    expect(got()).to.equal('');
    close();
  });

  it('lets nothing pass in either direction when it is dead, and does not close', async () => {
    const { tap, got, close } = await echo();
    tap.write('one');
    await until(() => got() === 'one');
    tap.goDead();
    tap.write('two');
    await wait(20);
    expect(got()).to.equal('one');
    expect(tap.destroyed).to.equal(false);
    close();
  });
});
