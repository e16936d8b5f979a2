import { expect } from 'chai';
import { LineSplitter, MAX_LINE_BYTES } from './lines.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const texts = (splitter: LineSplitter, ...chunks: readonly Uint8Array[]): string[] =>
  chunks.flatMap((chunk) => splitter.push(chunk)).map(({ text, tooLong }) => (tooLong ? 'too long' : text));

describe('splitter of lines', () => {
  it('gives the lines whatever way the bytes come', () => {
    const all = bytes('one\n\nzwölf 📏\nrest');
    for (let size = 1; size <= all.length; size++) {
      const splitter = new LineSplitter();
      const chunks = Array.from({ length: Math.ceil(all.length / size) }, (_, i) =>
        all.subarray(i * size, (i + 1) * size),
      );
      expect(texts(splitter, ...chunks), `${size} bytes a time`).to.deep.equal(['one', '', 'zwölf 📏']);
      expect(splitter.end()).to.deep.equal({ text: 'rest', tooLong: false });
      expect(splitter.end()).to.equal(undefined);
    }
  });

  it('takes a line of exactly the limit', () => {
    const line = 'x'.repeat(MAX_LINE_BYTES - 1);
    expect(texts(new LineSplitter(), bytes(`${line}\n`))).to.deep.equal([line]);
  });

  it('reports a longer line once, before it ends, and goes on behind it', () => {
    const splitter = new LineSplitter();
    expect(texts(splitter, bytes('x'.repeat(MAX_LINE_BYTES - 1)), bytes('x'))).to.deep.equal(['too long']);
    expect(texts(splitter, bytes('x'.repeat(3 * MAX_LINE_BYTES)), bytes('x\nnext\n'))).to.deep.equal(['next']);
  });

  it('keeps of a longer line what is worth telling', () => {
    const [line] = new LineSplitter().push(bytes('y'.repeat(MAX_LINE_BYTES)));
    expect(line).to.deep.equal({ text: 'y'.repeat(200), tooLong: true });
  });
});
