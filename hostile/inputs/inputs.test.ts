import { once } from 'node:events';
import http2 from 'node:http2';
import net from 'node:net';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { loadService } from '../../protocol/bindings/grpc/service.ts';
import { isWellFormed, OPEN_REQUEST } from '../../reference-server/bindings/grpc-wire.ts';
import type { Victim } from '../category.ts';
import { Draw } from '../draw.ts';
import { framed } from './build.ts';
import { CALLS, padded } from './calls.ts';
import { CONNECTION_ERRORS, greeting, HARMLESS } from './frames.ts';
import * as protobuf from './protobuf.ts';
import * as values from './values.ts';

const DRAWS = 200;
const FRAME_HEAD = 9;
const GOAWAY = 7;
const VICTIM: Victim = {
  clientId: '6ba7b810-9dad-41d1-80b4-00c04fd430c8',
  n: 100,
  attempt: 7,
  resumeKey: 'ab'.repeat(16),
};

/** What protobuf.js makes of a request: a decoder that neither the generators nor the server's strict check are made of. */
interface Decoded {
  readonly request?: string;
  readonly protocolVersion: number;
  readonly extensions: readonly string[];
  readonly statelessResume?: { readonly a: number; readonly nextIndex: number; readonly ratio?: number };
  readonly statefulStart?: { readonly clientId: string; readonly n: number; readonly attempt?: number };
  readonly statefulResume?: { readonly resumeKey: Uint8Array; readonly attempt?: number };
}

const decode = (bytes: Buffer): Decoded =>
  loadService().definition.Open.requestDeserialize(bytes) as unknown as Decoded;

function forMany(make: (draw: Draw) => Buffer, look: (bytes: Buffer) => void): void {
  const draw = new Draw(1, 'test');
  for (let k = 0; k < DRAWS; k++) {
    const bytes = make(draw);
    try {
      look(bytes);
    } catch (error) {
      throw new Error(`draw ${k}: ${bytes.toString('hex')}`, { cause: error });
    }
  }
}

describe('draws', () => {
  it('are the same for the same seed and name, and others otherwise', () => {
    const inputs = (seed: number, name: string): string => protobuf.truncated(new Draw(seed, name)).toString('hex');
    expect(inputs(7, 'a')).to.equal(inputs(7, 'a'));
    expect(new Set([inputs(7, 'a'), inputs(7, 'b'), inputs(8, 'a')]).size).to.equal(3);
  });

  it('make client ids that are right', () => {
    const draw = new Draw(1, 'ids');
    const ids = Array.from({ length: DRAWS }, () => draw.clientId());
    for (const id of ids) expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(ids).size).to.equal(DRAWS);
  });
});

describe('hostile messages', () => {
  for (const [what, make] of [
    ['truncated', protobuf.truncated],
    ['with a group without end', protobuf.openGroup],
    ['with an end without group', protobuf.strayGroupEnd],
    ['with a reserved wire type', protobuf.reservedWireType],
  ] as const) {
    it(`${what} cannot be decoded`, () => {
      forMany(make, (bytes) => expect(() => decode(bytes)).to.throw());
    });
  }

  for (const [what, make] of [
    ['with an overlong varint', protobuf.overlongVarint],
    ['with field number 0', protobuf.fieldZero],
    ['with a length beyond the end', protobuf.lyingLength],
  ] as const) {
    it(`${what} are not well-formed, and nothing else is wrong with them`, () => {
      forMany(make, (bytes) => {
        expect(isWellFormed(bytes, OPEN_REQUEST)).to.equal(false);
        expect(decode(bytes).request).to.equal('statefulStart');
      });
    });
  }

  it('with groups in groups are right requests', () => {
    forMany(protobuf.nestedGroups, (bytes) => expect(decode(bytes).request).to.equal('statefulStart'));
  });

  it('with unknown fields or a field twice are right requests', () => {
    for (const make of [protobuf.unknownFields, protobuf.repeatedField]) {
      forMany(make, (bytes) => {
        expect(isWellFormed(bytes, OPEN_REQUEST)).to.equal(true);
        const { request, statefulStart } = decode(bytes);
        expect(request).to.be.a('string');
        if (statefulStart !== undefined) expect(statefulStart.n).to.be.within(2, 9);
      });
    }
  });

  it('with invalid UTF-8 hold bytes that are no text', () => {
    const strict = new TextDecoder('utf-8', { fatal: true });
    forMany(protobuf.invalidUtf8, (bytes) => {
      expect(isWellFormed(bytes, OPEN_REQUEST)).to.equal(true);
      // protocol_version 1; stateful_start of 40 bytes; client_id of 36.
      expect(bytes.subarray(0, 6).toString('hex')).to.equal('08012a280a24');
      expect(() => strict.decode(bytes.subarray(6, 42))).to.throw();
    });
  });

  it('that are mutated are all kinds', () => {
    const kinds = new Set<boolean>();
    forMany(protobuf.mutated, (bytes) => kinds.add(isWellFormed(bytes, OPEN_REQUEST)));
    expect(kinds.size).to.equal(2);
  });
});

describe('hostile values', () => {
  it('of n are outside 1..65535', () => {
    for (const make of [values.badCount, values.negativeCount]) {
      forMany(make, (bytes) => expect(decode(bytes).statefulStart?.n).to.satisfy((n: number) => n < 1 || n > 65_535));
    }
  });

  it('of n beyond 32 bits have low bits in the range', () => {
    forMany(values.countBeyond32Bits, (bytes) => {
      // protocol_version 1; stateful_start; client_id; n, to the end.
      const n = bytes.subarray(2 + 2 + 38 + 1).reduceRight((high, byte) => high * 128n + BigInt(byte & 0x7f), 0n);
      expect(Number(n % 2n ** 32n)).to.be.within(2, 9);
      expect(n > 2n ** 32n).to.equal(true);
    });
  });

  it('of client_id are no UUID or nil', () => {
    forMany(values.badClientId, (bytes) => {
      const id = decode(bytes).statefulStart?.clientId ?? '';
      const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id) && !id.includes('\n');
      expect(isUuid && !/^[0-]+$/.test(id), id).to.equal(false);
    });
  });

  it('of resume_key are not 16 bytes', () => {
    forMany(values.badResumeKey, (bytes) => expect(decode(bytes).statefulResume?.resumeKey.length).to.not.equal(16));
  });

  it('of extensions break a limit', () => {
    forMany(values.badExtensions, (bytes) => {
      const { extensions } = decode(bytes);
      const isBad = extensions.length > 16 || extensions.some((name) => name === '' || Buffer.byteLength(name) > 64);
      expect(isBad).to.equal(true);
    });
  });

  it('for a session that runs are about that session, and are what they say', () => {
    const draw = new Draw(1, 'state');
    const made = (name: string): Decoded => {
      const category = values.STATES.find((candidate) => candidate.name === name);
      if (category === undefined) throw new Error(`no category ${name}`);
      return decode(category.make(draw, VICTIM).body.subarray(5));
    };
    for (let k = 0; k < DRAWS; k++) {
      expect(made('START with another n').statefulStart).to.include({ clientId: VICTIM.clientId, attempt: 16 });
      expect(made('START with another n').statefulStart?.n).to.be.within(1, 99);
      expect(made('START with an old attempt').statefulStart).to.include({ clientId: VICTIM.clientId, n: 100 });
      expect(made('START with an old attempt').statefulStart?.attempt).to.be.within(1, 7);
      expect(made('RESUME with an old attempt').statefulResume?.attempt).to.be.within(1, 7);
    }
  });
});

describe('hostile calls', () => {
  it('are as large as they say', () => {
    const draw = new Draw(1, 'size');
    for (const size of [4_300, 20_000, 300_000]) expect(padded(draw, size).length).to.be.within(size - 5, size + 5);
    expect(framed(Buffer.alloc(3), 1, 9).toString('hex')).to.equal('0100000009000000');
  });

  it('with a gzip bomb grow to 16 MiB out of 64 KiB at most', () => {
    const bomb = CALLS.find(({ name }) => name === 'gzip bomb')?.make(new Draw(1, 'bomb'), VICTIM);
    const body = bomb?.body.subarray(5) ?? Buffer.alloc(0);
    expect(body.length).to.be.below(65_536);
    expect(gunzipSync(body).length).to.equal(16 << 20);
  });

  it('with garbage for gzip hold none', () => {
    const garbage = CALLS.find(({ name }) => name === 'garbage for gzip');
    const draw = new Draw(1, 'garbage');
    for (let k = 0; k < DRAWS; k++) {
      const body = garbage?.make(draw, VICTIM).body.subarray(5) ?? Buffer.alloc(0);
      expect(() => gunzipSync(body)).to.throw();
    }
  });

  it('have names of their own', () => {
    const all = [...protobuf.PROTOBUF, ...values.VALUES, ...values.STATES, ...CALLS].map(({ name }) => name);
    expect(new Set(all).size).to.equal(all.length);
  });
});

describe('hostile frames', () => {
  let server: http2.Http2Server;
  let port = 0;

  before(async () => {
    server = http2.createServer();
    server.on('session', (session) => session.on('error', () => undefined));
    server.on('stream', (stream) => stream.on('error', () => undefined));
    server.on('sessionError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  });
  after(() => server.close());

  /** Types of the frames with which a server of HTTP/2 that does nothing by itself answers. */
  async function answers(bytes: Buffer, enough: (types: readonly number[]) => boolean): Promise<readonly number[]> {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(bytes);
    let received = Buffer.alloc(0);
    let types: number[] = [];
    await new Promise<void>((resolve) => {
      socket.on('close', () => resolve());
      socket.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        types = typesOf(received);
        if (enough(types)) resolve();
      });
    });
    socket.destroy();
    return types;
  }

  function typesOf(bytes: Buffer): number[] {
    const types: number[] = [];
    for (let at = 0; at + FRAME_HEAD <= bytes.length; at += FRAME_HEAD + bytes.readUIntBE(at, 3))
      types.push(bytes[at + 3] ?? -1);
    return types;
  }

  for (const [what, wrong] of Object.entries(CONNECTION_ERRORS)) {
    it(`are an error of the connection: ${what}`, async () => {
      const bytes = Buffer.concat([greeting(), wrong(new Draw(1, what))]);
      expect(await answers(bytes, (types) => types.includes(GOAWAY))).to.include(GOAWAY);
    });
  }

  for (const { name, make } of HARMLESS) {
    it(`are harmless: ${name}`, async () => {
      const ping = Buffer.from('0000080600000000000102030405060708', 'hex');
      const bytes = Buffer.concat([...make(new Draw(1, name)), ping]);
      const types = await answers(bytes, (seen) => seen.includes(6));
      expect(types).to.include(6).and.not.include(GOAWAY);
    });
  }
});
