import { Writable } from 'node:stream';
import { expect } from 'chai';
import { createConsoleLog } from './console-log.ts';

function collect(options: { json: boolean; verbose: boolean }) {
  const lines: string[] = [];
  const stderr = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return { lines, log: createConsoleLog(options, stderr) };
}

describe('console log', () => {
  it('prints one readable line for each event', () => {
    const { lines, log } = collect({ json: false, verbose: false });
    log.info({ port: 9_000 }, 'metrics');
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(/^\d\d:\d\d:\d\d info metrics port=9000\n$/);
  });

  it('prints JSON lines when asked', () => {
    const { lines, log } = collect({ json: true, verbose: false });
    log.warn({ failures: 2 }, 'the store does not answer');
    expect(JSON.parse(lines[0] ?? '')).to.include({ level: 40, failures: 2, msg: 'the store does not answer' });
  });

  it('has no debug at all unless it is verbose', () => {
    expect(collect({ json: true, verbose: false }).log.debug).to.equal(undefined);
    const { lines, log } = collect({ json: false, verbose: true });
    log.debug?.({ client: 'ab' }, 'session attached');
    expect(lines[0]).to.match(/debug session attached client="ab"\n$/);
  });

  it('prints the stack of an error below its line', () => {
    const { lines, log } = collect({ json: false, verbose: false });
    log.error({ err: new Error('broken') }, 'connection fault');
    expect(lines[0]).to.match(/error connection fault \n?.*Error: broken/s);
  });
});
