import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { expect } from 'chai';
import { Counter, Registry } from 'prom-client';
import { FakeClock } from '../../protocol/testing/fake-clock.ts';
import { SILENT } from '../log.ts';
import { Crew, type WorkerProcess } from './crew.ts';
import type { Order, Report } from './messages.ts';

class FakeWorker extends EventEmitter implements WorkerProcess {
  readonly id: number;
  readonly orders: Order[] = [];
  readonly sockets: Socket[] = [];
  readonly keptOpen: boolean[] = [];
  /** Whether sending a connection fails. */
  isBroken = false;
  readonly process = {
    kill: (signal: string): boolean => {
      this.end(null, signal);
      return true;
    },
  };
  #isConnected = true;

  constructor(id: number) {
    super();
    this.id = id;
  }

  isConnected(): boolean {
    return this.#isConnected;
  }

  send(
    order: Order,
    socket: Socket | undefined,
    options: { readonly keepOpen: boolean } | undefined,
    callback: (error: Error | null) => void,
  ): boolean {
    this.orders.push(order);
    if (socket === undefined) return true;
    this.sockets.push(socket);
    this.keptOpen.push(options?.keepOpen ?? false);
    if (this.isBroken) callback(new Error('channel closed'));
    return true;
  }

  report(report: Report): void {
    this.emit('message', report);
  }

  end(code: number | null, signal: string | null = null): void {
    this.#isConnected = false;
    this.emit('exit', code, signal);
  }
}

describe('workers', () => {
  let clock: FakeClock;
  let forked: FakeWorker[];
  let crew: Crew;
  let start: Promise<string>;

  beforeEach(() => {
    clock = new FakeClock();
    forked = [];
    const fork = (): FakeWorker => {
      const worker = new FakeWorker(forked.length + 1);
      forked.push(worker);
      return worker;
    };
    crew = new Crew({ size: 2, fork, clock, log: SILENT });
    start = crew.start().then(
      () => 'ready',
      (error: unknown) => (error instanceof Error ? error.message : 'rejected'),
    );
  });

  const worker = (id: number): FakeWorker => {
    const found = forked[id - 1];
    if (found === undefined) throw new Error(`worker ${id} has not been started`);
    return found;
  };
  const ready = (...ids: number[]): void => {
    for (const id of ids) worker(id).report({ kind: 'ready' });
  };
  const dealt = (): number[] => forked.map(({ sockets }) => sockets.length);
  const deal = (count: number): void => {
    for (let k = 0; k < count; k++) crew.deal(new Socket());
  };

  it('are there when all of them are ready', async () => {
    ready(1);
    const early = await Promise.race([start, Promise.resolve('not yet')]);
    ready(2);
    expect([early, await start]).to.deep.equal(['not yet', 'ready']);
  });

  it('are not there when one ends before it is ready', async () => {
    ready(1);
    worker(2).end(2);
    expect(await start).to.equal('worker 2 ended with 2 before it was ready');
  });

  it('get connections in turn, those that are busy taking them fewer', () => {
    ready(1, 2);
    deal(4);
    expect(dealt()).to.deep.equal([2, 2]);
    worker(1).report({ kind: 'took' });
    worker(1).report({ kind: 'took' });
    deal(2);
    expect(dealt()).to.deep.equal([4, 2]);
  });

  describe('a connection on its way', () => {
    /** Which connections of the first worker are still open here. */
    const open = (): boolean[] => worker(1).sockets.map(({ destroyed }) => !destroyed);

    beforeEach(() => {
      ready(1, 2);
      deal(6);
    });

    it('stays open here until its worker has it', () => {
      expect(worker(1).keptOpen).to.deep.equal([true, true, true]);
      expect(open()).to.deep.equal([true, true, true]);
      worker(1).report({ kind: 'took' });
      expect(open()).to.deep.equal([false, true, true]);
    });

    it('is closed when its worker ends without it', () => {
      worker(1).report({ kind: 'took' });
      worker(1).end(null, 'SIGKILL');
      expect(open()).to.deep.equal([false, false, false]);
      expect(worker(2).sockets.some(({ destroyed }) => destroyed)).to.equal(false);
    });

    it('is closed when it cannot be sent, and counts no longer', () => {
      worker(1).isBroken = true;
      deal(4);
      expect(open().slice(0, 4)).to.deep.equal([true, true, true, false]);
      expect(open().slice(3)).not.to.include(true);
      worker(1).report({ kind: 'took' });
      expect(open().slice(0, 3)).to.deep.equal([false, true, true]);
    });
  });

  it('get no connection before they are ready, when they are leaving, or when they are gone', () => {
    const lost = new Socket();
    crew.deal(lost);
    expect(lost.destroyed).to.equal(true);
    ready(1, 2);
    worker(1).report({ kind: 'leaving' });
    deal(2);
    expect(dealt()).to.deep.equal([0, 2]);
    worker(2).end(null, 'SIGKILL');
    crew.deal(lost);
    expect(dealt()).to.deep.equal([0, 2]);
  });

  it('are replaced, the later the more often in a row they end', () => {
    ready(1, 2);
    worker(2).end(null, 'SIGKILL');
    clock.advance(99);
    expect(forked).to.have.length(2);
    clock.advance(1);
    expect(forked).to.have.length(3);
    worker(3).end(1);
    clock.advance(199);
    expect(forked).to.have.length(3);
    clock.advance(1);
    expect(forked).to.have.length(4);
    ready(4);
    clock.advance(10_000);
    worker(4).end(1);
    clock.advance(100);
    expect(forked).to.have.length(5);
  });

  it('drain together, and what is left after the limit is killed', async () => {
    ready(1, 2);
    const drained = crew.drain();
    expect(worker(1).orders).to.deep.equal([{ kind: 'drain' }]);
    worker(1).end(0);
    clock.advance(1_299);
    expect(worker(2).isConnected()).to.equal(true);
    clock.advance(1);
    await drained;
    expect(worker(2).isConnected()).to.equal(false);
    clock.advance(60_000);
    expect(forked).to.have.length(2);
  });

  it('add up their metrics and leave out who does not answer', async () => {
    ready(1, 2);
    const text = crew.metrics();
    const registry = new Registry();
    new Counter({ name: 'items', help: 'x', registers: [registry] }).inc(20);
    const metrics = await registry.getMetricsAsJSON();
    for (const member of forked) {
      const order = member.orders.at(-1);
      if (order?.kind === 'metrics') member.report({ kind: 'metrics', id: order.id, metrics });
    }
    expect((await text).split('\n')).to.include('items 40');

    const partial = crew.metrics();
    const order = worker(1).orders.at(-1);
    if (order?.kind === 'metrics') worker(1).report({ kind: 'metrics', id: order.id, metrics });
    clock.advance(1_000);
    expect((await partial).split('\n')).to.include('items 20');
  });
});
