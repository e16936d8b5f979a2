import { Socket } from 'node:net';
import { expect } from 'chai';
import { Reception } from './reception.ts';

/** A reception whose turns are taken by hand. */
function reception(): { at: Reception; turn(): number; wait(ms: number): void; sockets(count: number): Socket[] } {
  const turns: (() => void)[] = [];
  let nowMs = 1_000;
  let served = 0;
  const at = new Reception(
    () => served++,
    () => nowMs,
    (turn) => turns.push(turn),
  );
  return {
    at,
    turn: () => {
      const before = served;
      turns.shift()?.();
      expect(turns).to.have.length.at.most(1);
      return served - before;
    },
    wait: (ms) => {
      nowMs += ms;
    },
    sockets: (count) => {
      const all = Array.from({ length: count }, () => new Socket());
      for (const socket of all) at.accept(socket);
      return all;
    },
  };
}

describe('the reception of connections', () => {
  it('serves a single connection when no other has come in the next turn', () => {
    const { turn, sockets } = reception();
    sockets(1);
    expect([turn(), turn(), turn()]).to.deep.equal([0, 1, 0]);
  });

  it('accepts first, then serves four in a turn, in their order', () => {
    const served: Socket[] = [];
    const turns: (() => void)[] = [];
    const at = new Reception(
      (socket) => served.push(socket),
      () => 0,
      (turn) => turns.push(turn),
    );
    const sockets = Array.from({ length: 6 }, () => new Socket());
    for (const socket of sockets) {
      at.accept(socket);
      turns.shift()?.();
    }
    expect(served).to.deep.equal([]);
    turns.shift()?.();
    expect(served).to.deep.equal(sockets.slice(0, 4));
    turns.shift()?.();
    expect(served).to.deep.equal(sockets);
    expect(turns).to.deep.equal([]);
  });

  it('serves now and then while the stream of new ones does not end', () => {
    const { turn, sockets, wait } = reception();
    const counts: number[] = [];
    for (let ms = 0; ms < 120; ms += 10) {
      sockets(1);
      wait(10);
      counts.push(turn());
    }
    expect(counts).to.deep.equal([0, 0, 0, 0, 4, 0, 0, 0, 0, 4, 0, 0]);
  });

  it('leaves out those that have been closed meanwhile', () => {
    const { turn, sockets } = reception();
    const [first] = sockets(3);
    first?.destroy();
    expect([turn(), turn()]).to.deep.equal([0, 2]);
  });

  it('cuts those that wait when it is closed, and those that come later', () => {
    const { at, turn, sockets } = reception();
    const before = sockets(2);
    at.close();
    const after = sockets(1);
    expect([turn(), turn()]).to.deep.equal([0, 0]);
    expect([...before, ...after].map(({ destroyed }) => destroyed)).to.deep.equal([true, true, true]);
  });
});
