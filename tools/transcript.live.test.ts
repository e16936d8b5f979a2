/**
 * The transcript of spec/bindings/grpc.md, told by a client and decoded by a program that this project has no part in: `buf`.
 * What `buf curl` prints of the reference server's answers is what `buf convert` makes of the bytes in the specification.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { systemRandom } from '../protocol/real.ts';
import { createServer, type ReseqServer } from '../reference-server/index.ts';
import { findExamples } from './spec/examples.ts';
import { specificationFile } from './spec/files.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BUF = fileURLToPath(import.meta.resolve('@bufbuild/buf/bin/buf'));
/** The seed of the transcript. */
const SEED = 42;
/** Flag and length in front of each message. */
const PREFIX_BYTES = 5;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of `buf`, in a process group of its own, as it starts a child. */
class Buf {
  readonly #child: ChildProcess;
  readonly ended: Promise<Ended>;
  #stdout = '';
  #look: () => void = () => undefined;

  constructor(words: readonly string[], input: Uint8Array | string = '') {
    this.#child = spawn(process.execPath, [BUF, ...words], { cwd: ROOT, detached: true });
    let stderr = '';
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#stdout += chunk.toString();
      this.#look();
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code) => resolve({ code, stdout: this.#stdout, stderr }));
    });
    this.#child.stdin?.end(input);
  }

  /** Resolves when so many messages are printed, at the latest at the end of the run. */
  async messages(count: number): Promise<unknown[]> {
    const enough = new Promise<void>((resolve) => {
      this.#look = () => {
        if (jsonValues(this.#stdout).length >= count) resolve();
      };
    });
    await Promise.race([enough, this.ended]);
    return jsonValues(this.#stdout);
  }

  /** The connection drops: no word is sent to the server. */
  async kill(): Promise<void> {
    if (this.#child.pid !== undefined && this.#child.exitCode === null) process.kill(-this.#child.pid, 'SIGKILL');
    await this.ended;
  }
}

/** The JSON objects of a text that begin and end at the start of a line. */
function jsonValues(text: string): unknown[] {
  return [...text.matchAll(/^\{(?:\}|[\s\S]*?^\})$/gm)].map(([object]) => JSON.parse(object) as unknown);
}

const examples = findExamples([specificationFile('spec/bindings/grpc.md')]);

/** A frame of the transcript as `buf` reads it. */
async function frame(name: string): Promise<unknown> {
  const example = examples.find((each) => each.name === name);
  if (example === undefined) throw new Error(`example: expected ${name} in spec/bindings/grpc.md, got none`);
  const bytes = Buffer.from(example.text.replace(/\s/g, ''), 'hex').subarray(PREFIX_BYTES);
  const type = `reseq.v1.${example.attributes['message']}`;
  const words = ['convert', 'spec/proto', '--type', type, '--from', '-#format=binpb', '--to', '-#format=json'];
  const { code, stdout, stderr } = await new Buf(words, bytes).ended;
  if (code !== 0) throw new Error(`buf convert ${name}: ${stderr}`);
  return JSON.parse(stdout);
}

describe('the transcript of the specification, by a foreign client', () => {
  let server: ReseqServer;
  let base: string;

  before(async () => {
    const seed = Buffer.alloc(8);
    seed.writeBigUInt64BE(BigInt(SEED));
    server = createServer({ random: { ...systemRandom(), bytes: () => seed } });
    const { port } = await server.listen();
    base = `http://localhost:${port}/reseq.v1.SequenceService/`;
  });

  after(() => server.close());

  function call(method: string, request: unknown): Buf {
    const how = ['--http2-prior-knowledge', '--protocol', 'grpc', '--schema', 'spec/proto'];
    return new Buf(['curl', ...how, '-d', JSON.stringify(request), base + method]);
  }

  it('is what buf gets from the reference server: start, drop, resume, final, confirm, refusal', async () => {
    const first = call('Open', await frame('grpc-start'));
    expect(await first.messages(2)).to.deep.equal([await frame('grpc-opened'), await frame('grpc-item-0')]);
    await first.kill();

    const second = await call('Open', await frame('grpc-resume')).ended;
    expect(second.stderr).to.equal('');
    expect(jsonValues(second.stdout)).to.deep.equal([
      await frame('grpc-opened-2'),
      await frame('grpc-item-1'),
      await frame('grpc-final'),
    ]);
    expect(second.code).to.equal(0);

    const confirmed = await call('Confirm', await frame('grpc-confirm')).ended;
    expect(confirmed.code, confirmed.stderr).to.equal(0);
    expect(jsonValues(confirmed.stdout)).to.deep.equal([await frame('grpc-confirmed')]);

    const refused = await call('Open', await frame('grpc-bad-start')).ended;
    expect(refused.code).not.to.equal(0);
    expect(JSON.parse(refused.stderr || refused.stdout)).to.deep.equal({
      code: 'invalid_argument',
      message: 'n: expected 1..65535, got 0',
    });
  }).timeout(30_000);
});
