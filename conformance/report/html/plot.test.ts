import { expect } from 'chai';
import { item, openedStateful, start, TraceBuilder } from '../../testing/trace-builder.ts';
import { plot } from './plot.ts';

/** The right end of the axis: see WIDTH and RIGHT. */
const END_X = 704;
const LEGEND = 'Thin upright lines: drops.';

function fourItems(): TraceBuilder {
  const items = [0, 1, 2, 3].map((index) => item(index));
  return new TraceBuilder('fan')
    .stream('one', start(9))
    .message(openedStateful(9))
    .items(...items);
}

/** Where the upright lines of drops stand. */
function cutsIn(text: string): number[] {
  return [...text.matchAll(/<path class="cut c\d" d="M([\d.]+) /g)].map(([, x]) => Number(x));
}

describe('timing plot of the HTML report', () => {
  it('reaches to a drop after the last item, and its legend names it', () => {
    const text = plot(fourItems().wait(90).drop().build())?.text ?? '';
    expect(cutsIn(text)).to.deep.equal([END_X]);
    expect(text).to.include(LEGEND);
  });

  it('draws a drop between items of another stream where it was', () => {
    const trace = fourItems().drop().stream('two', start(9)).message(openedStateful(9));
    const text = plot(trace.items(item(0), item(1), item(2)).build())?.text ?? '';
    const [x] = cutsIn(text);
    expect(x).to.be.within(300, END_X - 100);
    expect(text).to.include(LEGEND);
  });

  it('speaks of drops only when one is drawn', () => {
    const whole = fourItems().build();
    const other = fourItems().stream('dropped before it has a value', start(9)).drop().build();
    for (const trace of [whole, other]) {
      const text = plot(trace)?.text ?? '';
      expect(text).to.include('<svg');
      expect(cutsIn(text)).to.deep.equal([]);
      expect(text).not.to.include(LEGEND);
    }
  });
});
