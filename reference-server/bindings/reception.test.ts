import { Socket } from 'node:net';
import { expect } from 'chai';
import { Reception } from './reception.ts';

/** A reception whose turns are taken by hand. */
function reception(): {
  at: Reception;
  served: readonly Socket[];
  /** @returns how many were served in it */
  turn(): number;
  wait(ms: number): void;
  sockets(count: number): Socket[];
} {
  const turns: (() => void)[] = [];
  const served: Socket[] = [];
  let nowMs = 1_000;
  const at = new Reception(
    (socket) => served.push(socket),
    () => nowMs,
    (turn) => turns.push(turn),
  );
  return {
    at,
    served,
    turn: () => {
      const before = served.length;
      turns.shift()?.();
      expect(turns).to.have.length.at.most(1);
      return served.length - before;
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
    const { turn, served, sockets } = reception();
    const came: Socket[] = [];
    for (let k = 0; k < 6; k++) {
      came.push(...sockets(1));
      expect(turn()).to.equal(0);
    }
    expect([turn(), turn(), turn()]).to.deep.equal([4, 2, 0]);
    expect(served).to.deep.equal(came);
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
