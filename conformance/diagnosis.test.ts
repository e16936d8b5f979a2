import { expect } from 'chai';
import { diagnose } from './diagnosis.ts';
import { goodServer } from './testing/good-server.ts';
import { item, openedStateful, resume, start, TraceBuilder } from './testing/trace-builder.ts';

const resumed = (next: number, says: number, first: number) =>
  new TraceBuilder('s')
    .stream('start', start(9))
    .items(openedStateful(9), item(0), item(1))
    .drop()
    .stream('resume', resume(next))
    .items(openedStateful(9, says), item(first))
    .build();

describe('diagnosis', () => {
  it('names a resume that is one off, either way, and one that begins anew', () => {
    expect(diagnose(resumed(2, 2, 3))).to.match(
      /^on connection #2 the client asked for index 2, OPENED says next_index 2, and the first item has index 3: next_index is the first index that the client lacks/,
    );
    expect(diagnose(resumed(2, 2, 1))).to.match(/is not sent again$/);
    expect(diagnose(resumed(2, 0, 0))).to.match(/begins anew instead of going on$/);
  });

  it('finds nothing in what a right server does', () => {
    const found = [...goodServer().values()].flat().flatMap((trace) => diagnose(trace) ?? []);
    expect(found).to.deep.equal([]);
  });
});
