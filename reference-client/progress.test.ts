import { expect } from 'chai';
import { refusal } from '../protocol/errors.ts';
import { FakeClock } from '../protocol/testing/fake-clock.ts';
import type { Notice } from './events.ts';
import { Progress, type ProgressOptions } from './progress.ts';
import { STATEFUL_6 } from './testing/drive.ts';

const OPENED: Notice = { kind: 'opened', connection: 1, nextIndex: 0, intervalMs: 1_000, retentionMs: 30_000 };
const WAITING: Notice = { kind: 'waiting', delayMs: 430, error: refusal('UNAVAILABLE', 'connection reset') };

class Screen {
  readonly clock = new FakeClock();
  readonly writes: string[] = [];
  readonly progress: Progress;

  constructor(over: Partial<ProgressOptions> = {}) {
    this.progress = new Progress({
      mode: 'line',
      task: { ...STATEFUL_6, count: 20 },
      accepted: 0,
      dials: 0,
      clock: this.clock,
      write: (text) => this.writes.push(text),
      columns: () => 80,
      color: false,
      describe: (error) => error.detail,
      ...over,
    });
  }

  /** Items 0..count-1, one a second. */
  receive(count: number): void {
    this.progress.notice({ kind: 'dialling', connection: 1 });
    this.progress.notice(OPENED);
    for (let accepted = 1; accepted <= count; accepted += 1) {
      this.progress.notice({ kind: 'accepted', accepted });
      this.clock.advance(1_000);
    }
  }

  /** The line as it stands. */
  get line(): string | undefined {
    return this.writes.at(-1)?.replace('\r\u001b[2K', '');
  }
}

describe('progress', () => {
  it('shows items, rate and time left in one line that rewrites itself', () => {
    const screen = new Screen();
    screen.receive(12);
    expect(screen.line).to.equal('12/20  1.00/s  8 s left');
    expect(screen.writes.every((text) => text.startsWith('\r\u001b[2K') && !text.includes('\n'))).to.equal(true);
  });

  it('shows why there is no connection and counts down to the next try', () => {
    const screen = new Screen();
    screen.receive(2);
    screen.progress.notice({ ...WAITING, delayMs: 3_900 });
    expect(screen.line).to.equal('2/20  next try in 4 s: connection reset');
    screen.clock.advance(1_000);
    expect(screen.line).to.equal('2/20  next try in 3 s: connection reset');
    screen.clock.advance(2_900);
    expect(screen.line).to.equal('2/20  nothing for 4 s  next try in 1 s: connection reset');
  });

  it('shows while it dials again why it does', () => {
    const screen = new Screen();
    screen.receive(2);
    screen.progress.notice(WAITING);
    screen.progress.notice({ kind: 'dialling', connection: 2 });
    expect(screen.line).to.equal('2/20  connecting (before: connection reset)');
  });

  it('counts tries while the server is away and reconnects once it is back', () => {
    const screen = new Screen();
    screen.receive(2);
    for (let connection = 2; connection <= 4; connection += 1) {
      screen.progress.notice(WAITING);
      screen.progress.notice({ kind: 'dialling', connection });
    }
    expect(screen.line).to.equal('2/20  3 tries  connecting (before: connection reset)');
    screen.progress.notice(OPENED);
    expect(screen.line).to.equal('2/20  3 reconnects  18 s left');
    screen.progress.notice(WAITING);
    screen.progress.notice({ kind: 'dialling', connection: 5 });
    expect(screen.line).to.equal('2/20  connecting (before: connection reset)');
  });

  it('tells on a terminal that nothing comes, once a second', () => {
    const screen = new Screen();
    screen.receive(2);
    screen.clock.advance(1_000);
    expect(screen.line).to.equal('2/20  1.00/s  18 s left');
    screen.clock.advance(2_000);
    expect(screen.line).to.equal('2/20  nothing for 4 s (session kept for 30 s after the server notices)');
    screen.clock.advance(200);
    screen.progress.notice({ kind: 'accepted', accepted: 3 });
    expect(screen.line)
      .to.match(/^3\/20 {2}/)
      .and.not.to.include('nothing');
    screen.progress.clear();
    expect(screen.clock.pending).to.equal(0);
  });

  it('never wraps a line', () => {
    const screen = new Screen({ columns: () => 30, color: true });
    screen.receive(2);
    screen.progress.notice(WAITING);
    const visible = screen.line?.replaceAll('\u001b[33m', '').replaceAll('\u001b[39m', '');
    expect(visible).to.equal('2/20  next try in 1 s: conne…');
  });

  it('uses colour only where it may', () => {
    const plain = new Screen();
    plain.progress.notice(WAITING);
    const colored = new Screen({ color: true });
    colored.progress.notice(WAITING);
    expect(plain.line).not.to.include('\u001b[');
    expect(colored.line).to.include('\u001b[33mnext try');
  });

  it('redraws at most ten times a second, and always for the first and the last item', () => {
    const screen = new Screen();
    screen.progress.notice(OPENED);
    for (let accepted = 1; accepted <= 20; accepted += 1) {
      screen.clock.advance(1);
      screen.progress.notice({ kind: 'accepted', accepted });
    }
    expect(screen.writes).to.have.length(3);
    expect(screen.line).to.match(/^20\/20 {2}1000\/s$/);
  });

  it('takes its line away at the end', () => {
    const screen = new Screen();
    screen.receive(1);
    screen.progress.clear();
    screen.progress.clear();
    expect(screen.writes.at(-1)).to.equal('\r\u001b[2K');
    expect(screen.writes.at(-2)).to.include('1/20');
  });

  it('counts the connections of the process before', () => {
    const screen = new Screen({ accepted: 5, dials: 3 });
    screen.progress.notice({ kind: 'dialling', connection: 1 });
    expect(screen.line).to.equal('5/20  connecting');
    screen.progress.notice({ ...OPENED, nextIndex: 5 });
    expect(screen.line).to.equal('5/20  3 reconnects  15 s left');
  });

  it('reports items once a second, and everything else, as JSON lines', () => {
    const screen = new Screen({ mode: 'json' });
    screen.receive(2);
    screen.progress.notice({ kind: 'accepted', accepted: 3 });
    screen.clock.advance(10);
    screen.progress.notice({ kind: 'accepted', accepted: 4 });
    screen.progress.notice(WAITING);
    expect(screen.writes.map((text): unknown => JSON.parse(text))).to.deep.equal([
      { event: 'dialling', connection: 1 },
      { event: 'opened', connection: 1, nextIndex: 0, intervalMs: 1_000, retentionMs: 30_000 },
      { event: 'progress', received: 1, count: 20 },
      { event: 'progress', received: 2, count: 20 },
      { event: 'progress', received: 3, count: 20 },
      { event: 'waiting', delayMs: 430, code: 200, message: 'connection reset' },
    ]);
  });

  it('is silent where nobody looks', () => {
    const screen = new Screen({ mode: 'none' });
    screen.receive(3);
    screen.progress.clear();
    expect(screen.writes).to.deep.equal([]);
    expect(screen.progress.retentionMs).to.equal(30_000);
  });
});
