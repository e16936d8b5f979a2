import { expect } from 'chai';
import { describeEvent, isForPeople, type ProxyEvent } from './events.ts';
import { KEY_HELP, pressKey } from './keys.ts';
import type { FaultProxy } from './proxy.ts';
import { stateLine, Terminal } from './terminal.ts';

const NONE = { bytes: 0, messages: 0 };

/** Notes what is asked of it. */
function fakeProxy(): { proxy: FaultProxy; asked: string[] } {
  const asked: string[] = [];
  const proxy: FaultProxy = {
    port: 1,
    connections: 0,
    totals: { up: NONE, down: NONE },
    cut: (kind) => asked.push(kind),
    refuse: (on) => asked.push(`refuse ${on}`),
    hold: (on) => asked.push(`hold ${on}`),
    apply: (fault) => asked.push(fault),
    close: () => Promise.resolve(),
  };
  return { proxy, asked };
}

describe('keys of the proxy', () => {
  it('cut, hurt, refuse and heal', () => {
    const { proxy, asked } = fakeProxy();
    for (const key of 'crfbdh') expect(pressKey(proxy, key)).to.equal(undefined);
    expect(asked).to.deep.equal([
      'hold true',
      'rst',
      'fin',
      'blackhole',
      'refuse true',
      'rst',
      'hold false',
      'refuse false',
    ]);
  });

  it('quit, help, and nothing for blanks', () => {
    const { proxy, asked } = fakeProxy();
    for (const key of ['q', '\u0003', '\u0004']) expect(pressKey(proxy, key)).to.equal('quit');
    expect(pressKey(proxy, 'x')).to.equal('help');
    expect(pressKey(proxy, '\n')).to.equal(undefined);
    expect(asked).to.deep.equal([]);
    for (const line of KEY_HELP.split('\n')) expect(line.length).to.be.at.most(79);
    expect(KEY_HELP).to.match(/^keys: c cut the cable, [\s\S]*q quit$/);
  });
});

describe('terminal of the proxy', () => {
  function open(isTTY: boolean): {
    terminal: Terminal;
    type: (text: string) => void;
    written: string[];
    keys: string[];
    raw: boolean[];
  } {
    const written: string[] = [];
    const keys: string[] = [];
    const raw: boolean[] = [];
    let listener: (bytes: Buffer) => void = () => undefined;
    const input = {
      isTTY,
      setRawMode: (isRaw: boolean) => raw.push(isRaw),
      on: (_event: 'data', heard: (bytes: Buffer) => void) => {
        listener = heard;
      },
      pause: () => undefined,
    };
    const output = { isTTY, columns: 60, write: (text: string) => written.push(text) };
    const state = { route: 'a -> b', connections: 1, totals: { up: NONE, down: NONE }, troubles: [] };
    const terminal = new Terminal(input, output, () => state);
    terminal.open((key) => keys.push(key));
    return { terminal, type: (text) => listener(Buffer.from(text)), written, keys, raw };
  }

  it('takes single keys in raw mode and gives the terminal back', () => {
    const { terminal, type, keys, raw, written } = open(true);
    type('ch');
    terminal.say('something');
    terminal.close();
    expect(keys).to.deep.equal(['c', 'h']);
    expect(raw).to.deep.equal([true, false]);
    expect(written).to.include('something\n');
    expect(written.at(-1)).to.equal('\r\u001b[2K');
  });

  it('takes lines and writes no state line elsewhere', () => {
    const { terminal, type, keys, raw, written } = open(false);
    type('r\n');
    terminal.say('something');
    terminal.close();
    expect(keys).to.deep.equal(['r', '\n']);
    expect(raw).to.deep.equal([]);
    expect(written).to.deep.equal(['something\n']);
  });

  it('shows what is wrong first', () => {
    const totals = { up: { bytes: 900, messages: 3 }, down: { bytes: 12_345, messages: 20 } };
    expect(stateLine({ route: 'a -> b', connections: 2, totals, troubles: [] }, 79)).to.equal(
      'passing  2 connections  up 900 B  down 12.3 KB (20 messages)  a -> b',
    );
    expect(stateLine({ route: 'a -> b', connections: 1, totals, troubles: ['CABLE CUT for 5 s'] }, 79)).to.match(
      /^CABLE CUT for 5 s {2}1 connection {2}/,
    );
  });

  it('leaves out from the end what does not fit', () => {
    const totals = { up: { bytes: 900, messages: 3 }, down: { bytes: 12_345, messages: 1 } };
    const line = (room: number): string =>
      stateLine({ route: 'localhost:9100 -> localhost:9000', connections: 2, totals, troubles: [] }, room);
    expect(line(99)).to.equal(
      'passing  2 connections  up 900 B  down 12.3 KB (1 message)  localhost:9100 -> localhost:9000',
    );
    expect(line(79)).to.equal('passing  2 connections  up 900 B  down 12.3 KB (1 message)');
    expect(line(40)).to.equal('passing  2 connections  up 900 B');
    expect(line(5)).to.equal('pass…');
  });

  it('tells events in one line', () => {
    const told: readonly [ProxyEvent, string][] = [
      [
        { ms: 1_234, event: 'cut', connection: 3, what: 'rst', direction: 'up', fault: 'reset_peer' },
        '   1.2 s  connection 3 up: reset by reset_peer',
      ],
      [{ ms: 10_000, event: 'cut', what: 'fin' }, '  10.0 s  all connections: ended (FIN)'],
      [{ ms: 0, event: 'held' }, '   0.0 s  the cable is cut: nothing passes, new connections neither, until h'],
      [{ ms: 0, event: 'fault-on', fault: 'refuse' }, '   0.0 s  refuse begins'],
      [
        { ms: 0, event: 'closed', connection: 1, up: { bytes: 5, messages: 1 }, down: { bytes: 3_284, messages: 2 } },
        '   0.0 s  connection 1: closed, up 5 B in 1 message, down 3.3 KB in 2 messages',
      ],
    ];
    for (const [event, line] of told) expect(describeEvent(event)).to.equal(line);
    expect(isForPeople({ ms: 0, event: 'server-closed', connection: 1 })).to.equal(false);
  });
});
