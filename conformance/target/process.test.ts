import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { OUTPUT_CAP_BYTES, splitCommand, start } from './process.ts';

describe('splitCommand', () => {
  it('splits at blanks and keeps quoted words together', () => {
    expect(splitCommand(`node "my server.js" --port {port}  'a "b"' c\\ d`)).to.deep.equal([
      'node',
      'my server.js',
      '--port',
      '{port}',
      'a "b"',
      'c d',
    ]);
  });

  it('joins quoted and bare parts of one word', () => {
    expect(splitCommand(`x --name="a b"'c'`)).to.deep.equal(['x', '--name=a bc']);
  });

  it('expands nothing', () => {
    expect(splitCommand('echo $HOME *')).to.deep.equal(['echo', '$HOME', '*']);
  });

  for (const bad of ['', '   ', `node "x`, `node 'x`]) {
    it(`refuses ${JSON.stringify(bad)}`, () => {
      expect(() => splitCommand(bad)).to.throw('expected a program with closed quotes');
    });
  }
});

describe('child processes', () => {
  it('tell their exit code and what they wrote', async () => {
    const exit = await start([process.execPath, '-e', 'console.log("out"); console.error("err"); process.exit(7)'])
      .exited;
    expect(exit).to.deep.include({ code: 7, signal: null, stdout: 'out\n', stderr: 'err\n', truncated: false });
  });

  it('that cannot be started end with 127 and the reason', async () => {
    const exit = await start(['./no-such-program']).exited;
    expect(exit.code).to.equal(127);
    expect(exit.stderr).to.match(/cannot start: .*ENOENT/);
  });

  it('are cut off when they flood stdout', async () => {
    const script = `process.stdout.write("x".repeat(${OUTPUT_CAP_BYTES + 5}))`;
    const exit = await start([process.execPath, '-e', script]).exited;
    expect(exit.stdout.length).to.equal(OUTPUT_CAP_BYTES);
    expect(exit.truncated).to.equal(true);
  });

  it('die with their whole group', async () => {
    // The parent ignores nothing; its child would live on alone.
    const script = `
      const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
      console.log(child.pid);
      setInterval(() => {}, 1000);`;
    const child = start([process.execPath, '-e', script]);
    while (child.stdout() === '') await new Promise((resolve) => setTimeout(resolve, 10));
    const grandchild = Number(child.stdout());
    const exit = await child.stop();
    expect(exit.signal).to.equal('SIGTERM');
    expect(child.running).to.equal(false);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isGone(grandchild)).to.equal(true);
  });
});

/** Gone, or a zombie that its new parent has not collected. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return true;
  }
}
