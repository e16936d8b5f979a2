import { expect } from 'chai';
import { FakeClock } from '../protocol/testing/fake-clock.ts';
import type { ProxyEvent } from './events.ts';
import { Hands } from './hands.ts';

describe('what was done to the proxy by hand', () => {
  function hands(): {
    told: () => readonly string[];
    clock: FakeClock;
    learn: (event: Omit<ProxyEvent, 'ms'>) => void;
  } {
    const clock = new FakeClock();
    const all = new Hands(clock);
    return { told: () => all.troubles, clock, learn: (event) => all.learn({ ms: clock.now(), ...event }) };
  }

  it('goes on until it is healed', () => {
    const { told, clock, learn } = hands();
    learn({ event: 'held' });
    clock.advance(2_900);
    learn({ event: 'refusing' });
    clock.advance(1_000);
    expect(told()).to.deep.equal(['CABLE CUT for 3 s', 'DOWN for 1 s']);
    learn({ event: 'healed' });
    expect(told()).to.deep.equal([]);
  });

  it('is a black hole while a connection that was up then lives', () => {
    const { told, clock, learn } = hands();
    learn({ event: 'accepted', connection: 1 });
    learn({ event: 'cut', what: 'blackhole' });
    learn({ event: 'accepted', connection: 2 });
    clock.advance(3_000);
    expect(told()).to.deep.equal(['BLACK HOLE for 3 s']);
    learn({ event: 'healed' });
    learn({ event: 'cut', what: 'blackhole' });
    expect(told()).to.deep.equal(['BLACK HOLE for 3 s']);
    learn({ event: 'closed', connection: 1 });
    clock.advance(1_000);
    expect(told()).to.deep.equal(['BLACK HOLE for 1 s']);
    learn({ event: 'closed', connection: 2 });
    expect(told()).to.deep.equal([]);
  });

  it('is no black hole where nothing was up, nor when connections are reset', () => {
    const { told, learn } = hands();
    learn({ event: 'cut', what: 'blackhole' });
    learn({ event: 'accepted', connection: 1 });
    learn({ event: 'cut', what: 'rst' });
    expect(told()).to.deep.equal([]);
  });
});
