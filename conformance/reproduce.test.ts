import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { commandOf } from './reproduce.ts';
import { splitCommand } from './target/process.ts';

describe('the command that reproduces a run', () => {
  it('names the servers as --server takes them', () => {
    const server = [
      { host: 'localhost', port: 9000 },
      { host: '::1', port: 9001 },
    ];
    expect(commandOf({ server }, 'reseq conformance')).to.equal(
      "reseq conformance --server localhost:9000 --server '[::1]:9001'",
    );
  });

  it('gives commands that split into the same words again, by way of a shell', () => {
    const serverCmd = ['my server', '--port', '{port}', "it's", 'a "b"', '$HOME', ''];
    const line = commandOf({ server: [], serverCmd }, 'printf %s');
    const argument = execFileSync('sh', ['-c', line.replace('--server-cmd ', '')], { encoding: 'utf8' });
    expect(splitCommand(argument)).to.deep.equal(serverCmd);
  });

  it('keeps the password of the store to itself', () => {
    const text = commandOf({ server: [], store: 'redis://user:s3cret@db:6379/1', withStore: true }, 'x');
    expect(text).to.equal('x --store redis://db:6379/1 --with-store');
  });
});
