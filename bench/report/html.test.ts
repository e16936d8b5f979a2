import { expect } from 'chai';
import { reportHtml } from './html.ts';
import type { Report } from './model.ts';
import { goalsText, partText } from './text.ts';

const GOALS = [
  { what: 'a', value: 1, limit: 2, unit: 'ms' },
  { what: 'b', value: 3, limit: 2, unit: 'x' },
];
const PART = {
  part: 'p',
  title: 'A part & <more>',
  bars: [
    {
      title: 'time',
      unit: 'ms',
      reference: 'other',
      subjects: [
        { name: 'reseq', values: [1, 2, 3] },
        { name: 'other', values: [2, 2, 2] },
      ],
    },
  ],
  curves: [
    {
      title: 'curve',
      xUnit: 'sessions',
      yUnit: 'ms',
      lines: [
        {
          name: 'p50',
          points: [
            [1_000, 1],
            [2_000, 4],
          ] as const,
        },
      ],
    },
  ],
  goals: GOALS,
  notes: ['a note'],
};
const REPORT: Report = {
  node: '1.2.3',
  cpu: 'a <cpu>',
  cores: 2,
  isPinned: true,
  isQuick: false,
  startedAt: '2026-01-01T00:00:00.000Z',
  tookS: 12,
  parts: [PART],
};

describe('reports of the benchmark', () => {
  it('tell medians, spreads and ratios round by round', () => {
    expect(partText(PART)).to.match(/reseq +2\.00 +2\.00 +1\.00x +1\.00 +3/);
    expect(partText(PART)).to.match(/note: a note/);
  });

  it('say of each goal whether it is met', () => {
    expect(goalsText(GOALS)).to.match(/a +1\.00 ms +<= 2 ms +met/);
    expect(goalsText(GOALS)).to.match(/b +3\.00 x +<= 2 x +MISSED/);
  });

  it('are one page that loads nothing and takes nothing for markup', () => {
    const html = reportHtml(REPORT);
    expect(html).to.include('A part &#38; &#60;more&#62;').and.not.include('<more>');
    expect(html).not.to.match(/https?:|<script|<link|<img|NaN/);
    expect(html.match(/<svg/g)).to.have.length(2);
    expect(html).to.include('prefers-color-scheme: dark');
  });
});
