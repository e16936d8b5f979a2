import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { interruptOn } from './signals.ts';
import { start } from './target/process.ts';

describe('interrupts', () => {
  it('end the run first and the program next, with its children', async () => {
    const source = new EventEmitter();
    const left: number[] = [];
    const interrupt = interruptOn(source, (status) => left.push(status));
    const child = start([process.execPath, '-e', 'setInterval(() => {}, 1000)']);
    source.emit('SIGINT');
    expect(interrupt.signal.aborted).to.equal(true);
    expect(left).to.deep.equal([]);
    expect(child.running).to.equal(true);
    source.emit('SIGINT');
    expect(left).to.deep.equal([130]);
    expect((await child.exited).signal).to.equal('SIGKILL');
  });

  it('are listened to until the end of the run', () => {
    const source = new EventEmitter();
    const interrupt = interruptOn(source, () => undefined);
    interrupt.release();
    source.emit('SIGTERM');
    expect(interrupt.signal.aborted).to.equal(false);
    expect(source.listenerCount('SIGINT')).to.equal(0);
  });
});
