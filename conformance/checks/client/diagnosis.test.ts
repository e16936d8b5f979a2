import { expect } from 'chai';
import { COMPLETE, refused, Story } from '../../testing/client-story.ts';
import { openedStateful, resume, start } from '../../testing/trace-builder.ts';
import { explain, explainContradictions, explainWaits } from './diagnosis.ts';
import { type History, historyOf } from './history.ts';

/** It has accepted item 0 and is sent index 2; it stays for a while and then asks for an index. */
function gap(asks: number): History {
  const story = new Story()
    .connect(1)
    .open(1, start(3, { attempt: 1 }))
    .message(1, openedStateful(3))
    .items(1, 0, 1)
    .items(1, 2, 1)
    .after(5_000)
    .cancel(1)
    .after(200)
    .connect(2)
    .open(2, resume(asks, { attempt: 2 }))
    .exit(1, { ...COMPLETE, result: 'mismatch' });
  return read(story);
}

function read(story: Story): History {
  const history = historyOf(story.trace('case'));
  if (history === undefined) throw new Error('no history');
  return history;
}

describe('diagnosis of a client', () => {
  it('names an item after a gap that was counted as the next one', () => {
    expect(explain(gap(2)).diagnosis).to.equal(
      'an item after a gap is counted as the next one: it had accepted 1 items, was sent index 2, stayed 5.0 s after its last message and then asked for 2',
    );
    expect(explain(gap(1))).to.deep.equal({});
  });

  /** It is sent these indexes, its stream is ended, and it asks for an index. */
  const resumed = (sent: readonly number[], asks: number): History => {
    const story = new Story()
      .connect(1)
      .open(1, start(5, { attempt: 1 }))
      .message(1, openedStateful(5));
    for (const index of sent) story.items(1, index, 1);
    story
      .cancel(1)
      .after(200)
      .connect(2)
      .open(2, resume(asks, { attempt: 2 }));
    return read(story.exit(1, { ...COMPLETE, result: 'mismatch' }));
  };

  it('names a RESUME that asks for more than was accepted, before anything was left out', () => {
    expect(explain(resumed([0, 1], 3)).diagnosis).to.equal(
      'next_index of a RESUME is one too high: it had accepted 2 items and asked for 3',
    );
    expect(explain(resumed([0, 1], 4)).cause).to.equal('next_index of a RESUME is too high');
    expect(explain(resumed([0, 1], 2))).to.deep.equal({});
  });

  it('names items that come again and are counted', () => {
    expect(explain(resumed([0, 1, 1], 3)).diagnosis).to.equal(
      'an item that comes again is counted as the next one: 1 came again before, it had accepted 2 items and asked for 3',
    );
    expect(explain(resumed([0, 1, 1], 2))).to.deep.equal({});
  });

  it('lists waits by k, and says when they do not grow', () => {
    const waits = (...ms: number[]) => explainWaits(read(refused(ms)));
    expect(waits(10, 31, 12, 9)).to.deep.include({ cause: 'the client does not wait at all between attempts' });
    expect(waits(200, 210, 190, 205).diagnosis).to.equal(
      'the waits do not grow with k: 200 (k = 0), 210 (k = 1), 190 (k = 2), 205 (k = 3) ms',
    );
    expect(waits(200, 400, 800, 90)).to.deep.include({ cause: 'the waits do not grow with k' });
    expect(waits(200, 900)).to.deep.equal({ diagnosis: 'waits in ms: 200 (k = 0), 900 (k = 1)' });
  });

  it('says when nothing in OPENED is compared', () => {
    expect(explainContradictions(['a', 'b'], []).diagnosis).to.include('2 of 2 contradictions');
    expect(explainContradictions(['a', 'b'], ['c'])).to.deep.equal({});
  });
});
