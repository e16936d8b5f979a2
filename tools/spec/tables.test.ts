import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Metadata, status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { EXIT_USAGE } from '../../bin/program.ts';
import { encodeServerMessage } from '../../protocol/bindings/grpc/codec.ts';
import { loadService } from '../../protocol/bindings/grpc/service.ts';
import { fromStatus } from '../../protocol/bindings/grpc/status.ts';
import { encodeInteger, sumOf, valueAt } from '../../protocol/doubling.ts';
import { ERRORS, isRetryableCode } from '../../protocol/errors.ts';
import * as limits from '../../protocol/limits.ts';
import { packageRoot } from '../../protocol/package-root.ts';
import { EXIT_CODES } from '../../reference-client/outcome.ts';
import type { LimitFlags } from '../../reference-server/limit-flags.ts';
import { serverCommand } from '../../reference-server/main.ts';
import { tableOf } from './examples.ts';
import { specificationFile } from './files.ts';
import { MULT, outputs, RIGHT, rotateRight, type Variant, xorShift } from './pcg32-by-the-book.ts';

const table = (file: string, ...header: string[]): string[][] => tableOf(specificationFile(file), header);

describe('tables of the specification', () => {
  it('list the error registry row by row as the code has it', () => {
    const rows = table('spec/errors.md', 'code', 'name', 'class', 'gRPC status', 'HTTP status', 'when');
    const registry = Object.entries(ERRORS).map(([name, { code, grpc, http }]) => [
      String(code),
      name,
      isRetryableCode(code) ? 'retryable' : 'terminal',
      grpc,
      String(http ?? '-'),
    ]);
    expect(rows.map((row) => row.slice(0, 5))).to.deep.equal(registry);
  });

  it('state the limits that the code has', () => {
    const rows = new Map(table('spec/core.md', 'limit', 'value').map(([name, value = '']) => [name, value]));
    expect(rows.get('items in a sequence')).to.equal(String(limits.MAX_COUNT));
    expect(rows.get('attempts for one client id')).to.equal(String(limits.MAX_UINT32));
    expect(rows.get('extensions in one OPEN')).to.equal(
      `${limits.MAX_EXTENSIONS}, each of 1..${limits.MAX_EXTENSION_LENGTH} bytes`,
    );
    expect(rows.get('request')).to.match(new RegExp(`^${limits.MAX_REQUEST_BYTES} bytes`));
    expect(rows.get('largest response')).to.match(new RegExp(`, ${limits.MAX_RESPONSE_BYTES} allowed$`));
  });

  it('recommend the limits that the reference server has', () => {
    const recommended = new Map(
      table('spec/core.md', 'resource', 'recommended default', 'over it').map(([a, b]) => [a, b]),
    );
    const flags = serverCommand().opts<LimitFlags>();
    const count = (value: number): string => (value >= 10_000 ? value.toLocaleString('en') : String(value));
    expect(Object.fromEntries(recommended)).to.deep.include({
      sessions: count(flags.maxSessions),
      'transport connections': count(flags.maxConnections),
      'transport connections of one address': count(flags.maxConnectionsPerAddress),
      'connections (calls) on one transport connection': count(flags.maxStreams),
      'requests (OPEN, CONFIRM) of one address': `${flags.openRate} a second, 1,000 at once`,
      'attaches of one session': `${flags.resumeRate} a second, 50 at once`,
      'bytes of a request': count(flags.maxRequestBytes),
      'bytes of metadata': count(flags.maxMetadataBytes),
      'time without a request': `${flags.idleTimeout / 1_000} s`,
      'time until a request is complete': `${flags.requestTimeout / 1_000} s`,
    });
    expect(flags.handshakeTimeout).to.equal(flags.idleTimeout);
  });

  it('state the size of the largest response as the codec makes it', () => {
    const message = encodeServerMessage({ kind: 'item', index: 65_534, value: valueAt(255, 3, 65_534) });
    const bytes = loadService().definition.Open.responseSerialize(message).length;
    const row = table('spec/core.md', 'limit', 'value').find(([name]) => name === 'largest response');
    expect(row?.[1]).to.include(`${bytes.toLocaleString('en')} bytes`);
  });

  it('list the outcomes and exit codes of the reference client', () => {
    const codes = Object.fromEntries(table('spec/cli.md', 'outcome', 'exit code'));
    const expected = Object.entries({ ...EXIT_CODES, 'usage error': EXIT_USAGE });
    expect(codes).to.deep.equal(Object.fromEntries(expected.map(([name, code]) => [name, String(code)])));
  });

  it('name the lines and fields that the schema of the driver has', () => {
    const { $defs } = JSON.parse(readFileSync(join(packageRoot(), 'spec/driver.schema.json'), 'utf8')) as {
      $defs: Record<string, { properties: Record<string, { enum?: string[] }>; required: string[] }>;
    };
    for (const kind of ['request', 'answer']) {
      const told = table('spec/driver.md', kind, 'fields', 'meaning').map(([type = '', fields = '']) => [
        `${kind}-${type}`,
        ['type', ...fields.split(', ').filter((field) => field !== '')].sort(),
      ]);
      const shaped = Object.entries($defs)
        .filter(([name]) => name.startsWith(`${kind}-`))
        .map(([name, { properties }]) => [name, Object.keys(properties).sort()]);
      expect(told).to.deep.equal(shaped);
    }
    const fields = table('spec/driver.md', 'field', 'flag', 'type', 'required');
    const required = fields.filter((row) => row[3] === 'yes').map(([name]) => name);
    expect($defs['request-run']?.required).to.have.members(['type', ...required]);
    expect($defs['result']?.properties['result']?.enum).to.have.members(Object.keys(EXIT_CODES));
  });

  it('treat a status without trailer as the code does', () => {
    const rows = table('spec/bindings/grpc.md', 'status', 'treated as');
    const told = new Map(rows.flatMap(([names = '', as = '']) => names.split(', ').map((name) => [name, as])));
    const judge = (name: string, openedBefore: boolean): string => {
      const code = status[name as keyof typeof status];
      const error = fromStatus({ code, details: '', metadata: new Metadata() }, openedBefore);
      return error.retryable ? 'a drop' : (error.registryName ?? '');
    };
    for (const name of Object.keys(status).filter((key) => /^[A-Z_]+$/.test(key) && key !== 'OK')) {
      const as = told.get(name) ?? 'a drop';
      if (as in ERRORS || as === 'a drop') {
        expect([judge(name, false), judge(name, true)], name).to.deep.equal([as, as]);
      } else {
        expect(judge(name, false), name).not.to.equal('a drop');
        expect(judge(name, true) === 'a drop', name).to.equal(as.includes('later: a drop'));
      }
    }
  });

  it('name the constants of the generator', () => {
    const rows = table('spec/generation.md', 'name', 'value');
    expect(rows).to.deep.equal([
      ['MULT', `6364136223846793005 = 0x${6364136223846793005n.toString(16)}`],
      ['initseq', '54'],
      ['inc', `(54 << 1) | 1 = ${RIGHT.inc}`],
    ]);
  });
});

describe('figures in the notes of the specification', () => {
  it('give the sizes of the largest stateless values', () => {
    const { text } = specificationFile('spec/core.md');
    const sum = sumOf(255, 2, 65_535);
    // Decimal digits by comparison: the text of so large a number would be slow to make.
    expect(sum >= 10n ** 19_730n && sum < 10n ** 19_731n).to.equal(true);
    expect(text).to.include('it has 19,731 decimal digits');
    expect(text).to.include(
      `largest value has ${encodeInteger(valueAt(255, 2, 65_534)).length.toLocaleString('en')} bytes`,
    );
    expect(text).to.include(
      `largest value has ${encodeInteger(valueAt(255, 3, 65_534)).length.toLocaleString('en')} bytes`,
    );
  });
});

const SEED = 42n;
const MISTAKES: Readonly<Record<string, Partial<Variant>>> = {
  'none so far; check index 6, 999 and 65534 too': {},
  'no seeding procedure: the seed was taken as the state': { seeding: (seed) => seed },
  'the seed was added before both steps': { seeding: (seed, step) => step(step(seed)) },
  'inc is initseq, not shifted': { inc: 54n },
  'inc is initseq | 1, not shifted': { inc: 55n },
  'seed and initseq swapped': { inc: (SEED << 1n) | 1n, seeding: (_, step) => step(step(0n) + 54n) },
  "a library's default increment": { inc: 1442695040888963407n },
  'output of the new state instead of the old one': { of: 'new' },
  'rotated left': { output: (s) => rotateRight(BigInt.asUintN(32, xorShift(s)), -(s >> 59n) & 31n) },
  'x not cut to 32 bits before the rotation': { output: (s) => rotateRight(xorShift(s), s >> 59n) },
  'the seeding ran in doubles': {
    seeding: (seed) => BigInt.asUintN(64, BigInt((Number(RIGHT.inc) + Number(seed)) * Number(MULT) + 109)),
  },
  'a signed shift; note that the first three pass': {
    output: (s) => {
      const x = Number(BigInt.asIntN(32, xorShift(s)));
      const r = Number(s >> 59n);
      return ((x >> r) | (x << (-r & 31))) >>> 0;
    },
  },
};
describe('diagnosis tables of generation.md', () => {
  const rows = table('spec/generation.md', 'your first four values', 'the mistake');

  it('know every mistake', () => {
    expect(rows.map(([, mistake]) => mistake)).to.have.members(Object.keys(MISTAKES));
  });

  for (const [title, mistake] of Object.entries(MISTAKES)) {
    it(`show what comes of: ${title}`, () => {
      const values = outputs(SEED, 4, { ...RIGHT, ...mistake }).map((value) => value.toString(16).padStart(8, '0'));
      expect(rows.find(([, name]) => name === title)?.[0]).to.equal(values.join(' '));
    });
  }

  it('show what comes of wrong ways to hash', () => {
    const [first = 0, second = 0] = outputs(SEED, 2);
    const bytes = (write: (view: DataView) => void, size = 8): Buffer => {
      const buffer = Buffer.alloc(size);
      write(new DataView(buffer.buffer, buffer.byteOffset, size));
      return buffer;
    };
    const one = (value: number): Buffer => bytes((view) => view.setUint32(0, value), 4);
    const inputs: Readonly<Record<string, Buffer | string>> = {
      'little-endian bytes': bytes((view) => {
        view.setUint32(0, first, true);
        view.setUint32(4, second, true);
      }),
      'the last value left out': one(first),
      'decimal texts instead of bytes': `${first}${second}`,
      'decimal texts with commas': `${first},${second}`,
      'hexadecimal texts instead of bytes': `${first.toString(16)}${second.toString(16)}`,
      'order reversed': Buffer.concat([one(second), one(first)]),
      '8 bytes a value': bytes((view) => {
        view.setBigUint64(0, BigInt(first));
        view.setBigUint64(8, BigInt(second));
      }, 16),
      'the first value left out': one(second),
    };
    const expected = Object.entries(inputs).map(([mistake, input]) => [
      createHash('sha256').update(input).digest('hex'),
      mistake,
    ]);
    expect(table('spec/generation.md', 'your checksum', 'the mistake')).to.have.deep.members(expected);
  });
});

describe('state machines of machines.md', () => {
  const file = specificationFile('spec/machines.md');
  const halves = file.text.split(/^## /m).slice(1);

  for (const half of halves) {
    const title = half.split('\n', 1)[0] ?? '';
    it(`have the same transitions in table and drawing: ${title}`, () => {
      const rows = tableOf({ file: file.file, text: half }, ['state', 'event', 'action', 'next state']);
      const drawn = [...half.matchAll(/^ {2}(\w+) --> (\w+):/gm)].map(([, from, to]) => `${from} -> ${to}`);
      const listed = rows
        .filter(([state = '']) => !state.startsWith('any'))
        .flatMap(([states = '', , , next = '']) =>
          states.split(', ').flatMap((from) => next.split(', ').map((to) => ({ from, to }))),
        )
        .filter(({ from, to }) => from !== to)
        .map(({ from, to }) => `${from} -> ${to}`);
      expect([...new Set(listed)]).to.have.members(drawn);
    });
  }
});
