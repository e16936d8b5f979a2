import { expect } from 'chai';
import { lineOf, type View } from './progress-line.ts';

const SERVED: View = {
  nowMs: 0,
  accepted: 12,
  count: 20,
  doing: { kind: 'served' },
  rate: 1,
  leftMs: 8_000,
  reconnects: 5,
  tries: 0,
  silentMs: undefined,
  retentionMs: 30_000,
};
const AWAY: View = {
  ...SERVED,
  doing: { kind: 'waiting', dueMs: 3_900, reason: 'no answer within 5 s' },
  tries: 3,
  silentMs: 12_000,
};

/** The line in a terminal of so many columns, of which one stays free. */
function shown(view: View, columns: number): string {
  const { text, trouble } = lineOf(view, columns - 1);
  return trouble === '' ? text : `${text}  ${trouble}`;
}

describe('the line of a run', () => {
  it('keeps the reason and the next try before all else', () => {
    const next = 'next try in 4 s: no answer within 5 s';
    const lines: readonly [number, string][] = [
      [130, `12/20  3 tries  nothing for 12 s (session kept for 30 s after the server notices)  ${next}`],
      [120, `12/20  nothing for 12 s (session kept for 30 s after the server notices)  ${next}`],
      [110, `12/20  3 tries  nothing for 12 s  ${next}`],
      [80, `12/20  3 tries  nothing for 12 s  ${next}`],
      [70, `12/20  nothing for 12 s  ${next}`],
      [60, `12/20  3 tries  ${next}`],
      [50, `12/20  ${next}`],
      [40, '12/20  next try in 4 s: no answer with…'],
    ];
    for (const [columns, line] of lines) expect(shown(AWAY, columns), `${columns}`).to.equal(line);
  });

  it('doubts that the session is there only when the server may have discarded it', () => {
    const silent = { ...SERVED, reconnects: 0, silentMs: 30_000 };
    expect(shown(silent, 120)).to.equal('12/20  nothing for 30 s (session kept for 30 s after the server notices)');
    const expired = { ...AWAY, tries: 1, silentMs: 36_000 };
    expect(shown(expired, 120)).to.equal(
      '12/20  nothing for 36 s: the session may have expired (kept for 30 s)  next try in 4 s: no answer within 5 s',
    );
    expect(shown(expired, 80)).to.equal('12/20  nothing for 36 s: expired?  next try in 4 s: no answer within 5 s');
    expect(shown({ ...expired, doing: { kind: 'dialling', before: 'no answer within 5 s' } }, 80)).to.equal(
      '12/20  nothing for 36 s: expired?  connecting (before: no answer within 5 s)',
    );
  });

  it('says nothing of a session where there is none', () => {
    expect(shown({ ...SERVED, silentMs: 36_000, retentionMs: undefined, reconnects: 0 }, 80)).to.equal(
      '12/20  nothing for 36 s',
    );
  });

  it('leaves out facts of a run that goes well, the time left at last', () => {
    expect(shown(SERVED, 80)).to.equal('12/20  1.00/s  5 reconnects  8 s left');
    expect(shown(SERVED, 30)).to.equal('12/20  1.00/s  8 s left');
    expect(shown(SERVED, 21)).to.equal('12/20  8 s left');
  });

  it('says when the next try is due', () => {
    const due = (nowMs: number): string => shown({ ...AWAY, nowMs, tries: 0, silentMs: undefined }, 80);
    expect(due(3_899)).to.include('next try in 1 s: ');
    expect(due(3_900)).to.include('next try now: ');
  });

  it('says that all is in while it tells the server', () => {
    expect(shown({ ...SERVED, accepted: 20, reconnects: 0, doing: { kind: 'confirming' } }, 80)).to.equal(
      '20/20  all received, telling the server',
    );
  });
});
