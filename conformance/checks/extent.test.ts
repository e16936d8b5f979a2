import { expect } from 'chai';
import { extentOf, placeOf } from './extent.ts';

const right = (name?: string) => ({ name, isWrong: false });
const wrong = (name?: string) => ({ name, isWrong: true });

describe('extent', () => {
  it('counts what is wrong and names it beside what is right', () => {
    expect(extentOf([wrong('a'), right('b'), wrong('c')], 'streams')).to.equal('2 of 3 streams: a, c; right: b');
    expect(extentOf([wrong('a'), wrong('b')], 'streams')).to.equal('2 of 2 streams: a, b');
  });

  it('counts a case with anything wrong once, and not as right', () => {
    const pieces = [right('a'), wrong('a'), wrong('a'), right('b')];
    expect(extentOf(pieces, 'values')).to.equal('2 of 4 values, in 1 case: a; right: b');
  });

  it('says nothing of a single piece, and names no more than fit into a line', () => {
    expect(extentOf([wrong('a')], 'streams')).to.equal(undefined);
    expect(extentOf([wrong(), right()], 'streams')).to.equal('1 of 2 streams');
    const many = Array.from({ length: 12 }, (_, i) => wrong(`c${i}`));
    expect(extentOf(many, 'cases')).to.equal('12 of 12 cases: c0, c1, c2, c3, c4, c5, c6, c7 and 4 more');
  });

  it('finds the case of a trace, of a stream and of what holds one', () => {
    const trace = { caseId: 'one' };
    expect(placeOf(trace)).to.equal('one');
    expect(placeOf({ trace, label: 'start' })).to.equal('one/start');
    expect(placeOf({ value: 1, stream: { trace, label: '' } })).to.equal('one');
    expect(placeOf({ incarnation: { streams: [{ trace, label: 'x' }] } })).to.equal('one/x');
    expect(placeOf(7)).to.equal(undefined);
  });
});
