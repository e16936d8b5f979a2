import { expect } from 'chai';
import fc from 'fast-check';
import type { Result } from '../../errors.ts';
import type { ServerMessage } from '../../messages.ts';
import { confirms, descriptions, opens, serverMessages } from '../../testing/arbitraries.ts';
import {
  decodeConfirm,
  decodeDescription,
  decodeOpen,
  decodeServerMessage,
  encodeConfirm,
  encodeDescription,
  encodeOpen,
  encodeServerMessage,
  indexOf,
} from './codec.ts';
import { loadService } from './service.ts';

const { Open, Confirm, Describe } = loadService().definition;
const ID = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
const KEY = Buffer.from('3b5051690769775ee29de3eef00223dd', 'hex');

function value<T>(result: Result<T>): T {
  if (!result.ok) throw result.error;
  return result.value;
}

/** Buffers of the library and arrays of the arbitraries alike. */
function plain(message: unknown): unknown {
  return JSON.parse(
    JSON.stringify(message, (_key, part: unknown) => {
      if (typeof part === 'bigint') return `${part}n`;
      return part instanceof Uint8Array ? Buffer.from(part).toString('hex') : part;
    }),
    (_key, part: unknown) =>
      typeof part === 'object' && part !== null && 'type' in part && 'data' in part && Array.isArray(part.data)
        ? Buffer.from(part.data).toString('hex')
        : part,
  );
}

function refusalOf(result: Result<unknown>): string {
  return result.ok ? 'accepted' : `${result.error.registryName} ${result.error.detail}`;
}

describe('the gRPC codec', () => {
  it('carries every request through bytes', () => {
    fc.assert(
      fc.property(opens, (open) => {
        const wire = Open.requestDeserialize(Open.requestSerialize(encodeOpen(open)));
        expect(plain(value(decodeOpen(wire)))).to.deep.equal(plain(open));
      }),
    );
  });

  it('carries every server message through bytes', () => {
    fc.assert(
      fc.property(serverMessages, (message) => {
        const wire = Open.responseDeserialize(Open.responseSerialize(encodeServerMessage(message)));
        expect(plain(value(decodeServerMessage(wire)))).to.deep.equal(plain(message));
      }),
    );
  });

  it('carries confirms and descriptions through bytes', () => {
    fc.assert(
      fc.property(confirms, descriptions, (confirm, description) => {
        const confirmWire = Confirm.requestDeserialize(Confirm.requestSerialize(encodeConfirm(confirm)));
        expect(plain(value(decodeConfirm(confirmWire)))).to.deep.equal(plain(confirm));
        const wire = Describe.responseDeserialize(Describe.responseSerialize(encodeDescription(description)));
        expect(value(decodeDescription(wire))).to.deep.equal(description);
      }),
    );
  });

  it('never throws, whatever object arrives', () => {
    fc.assert(
      fc.property(fc.anything(), (wire) => {
        for (const decode of [decodeOpen, decodeConfirm, decodeServerMessage, decodeDescription]) {
          const result = decode(wire);
          if (!result.ok) expect(result.error.detail).to.match(/^[a-z_]+: expected .+, got .+/s);
        }
      }),
    );
  });
});

describe('canonical bytes', () => {
  const hex = (message: ServerMessage): string => Open.responseSerialize(encodeServerMessage(message)).toString('hex');

  it('leave an index of 0 out and write a number of 0', () => {
    expect(hex({ kind: 'item', index: 0, value: 0 })).to.equal('12051500000000');
  });

  it('write integers as the fewest bytes', () => {
    expect(hex({ kind: 'item', index: 4, value: 368n })).to.equal('120608041a020170');
  });

  it('leave ratio 2 of a request out, and write it in an answer', () => {
    const start = encodeOpen({ extensions: [], request: { kind: 'stateless-start', ratio: 2 } });
    expect(Open.requestSerialize(start).toString('hex')).to.equal('08011a00');
    const opened: ServerMessage = {
      kind: 'opened',
      protocolVersion: 1,
      intervalMs: 1000,
      nextIndex: 0,
      extensions: [],
      sequence: { profile: 'stateless', a: 23, ratio: 2 },
    };
    expect(hex(opened)).to.equal('0a0b080110e8072a0408171002');
  });
});

describe('decodeOpen', () => {
  const start = { clientId: ID, n: 20 };
  const resume = { clientId: ID, nextIndex: 3, resumeKey: KEY };
  const one = { protocolVersion: 1 };

  const refusals: readonly (readonly [what: string, wire: object, refusal: string])[] = [
    [
      'another version',
      { protocolVersion: 7, statefulStart: start },
      'UNSUPPORTED_VERSION protocol_version: expected 1, got 7',
    ],
    ['no version', { statefulStart: start }, 'UNSUPPORTED_VERSION protocol_version: expected 1, got 0'],
    ['version before all else', { protocolVersion: 2 }, 'UNSUPPORTED_VERSION protocol_version: expected 1, got 2'],
    [
      'no request',
      one,
      'INVALID_REQUEST request: expected one of stateless_start, stateless_resume, stateful_start, stateful_resume, got nothing',
    ],
    [
      'two requests',
      { ...one, statelessStart: {}, statefulStart: start },
      'INVALID_REQUEST request: expected one of stateless_start, stateless_resume, stateful_start, stateful_resume, got "stateless_start and stateful_start"',
    ],
    ['n of 0', { ...one, statefulStart: { ...start, n: 0 } }, 'INVALID_REQUEST n: expected 1..65535, got 0'],
    ['n left out', { ...one, statefulStart: { clientId: ID } }, 'INVALID_REQUEST n: expected 1..65535, got 0'],
    [
      'n of 65536',
      { ...one, statefulStart: { ...start, n: 65_536 } },
      'INVALID_REQUEST n: expected 1..65535, got 65536',
    ],
    [
      'n that is no number',
      { ...one, statefulStart: { ...start, n: Number.NaN } },
      'INVALID_REQUEST n: expected 1..65535, got NaN',
    ],
    ['n in parts', { ...one, statefulStart: { ...start, n: 1.5 } }, 'INVALID_REQUEST n: expected 1..65535, got 1.5'],
    ['n as text', { ...one, statefulStart: { ...start, n: '20' } }, 'INVALID_REQUEST n: expected 1..65535, got "20"'],
    [
      'a bad client id',
      { ...one, statefulStart: { ...start, clientId: 'x' } },
      'INVALID_REQUEST client_id: expected UUID text of 36 characters, got "x"',
    ],
    [
      'a negative attempt',
      { ...one, statefulStart: { ...start, attempt: -1 } },
      'INVALID_REQUEST attempt: expected 0..4294967295, got -1',
    ],
    [
      'a short resume key',
      { ...one, statefulResume: { ...resume, resumeKey: KEY.subarray(1) } },
      'INVALID_REQUEST resume_key: expected 16 bytes, got 15 bytes',
    ],
    [
      'no resume key',
      { ...one, statefulResume: { clientId: ID, nextIndex: 3 } },
      'INVALID_REQUEST resume_key: expected 16 bytes, got 0 bytes',
    ],
    ['a of 0', { ...one, statelessResume: { a: 0 } }, 'INVALID_REQUEST a: expected 1..255, got 0'],
    ['a of 256', { ...one, statelessResume: { a: 256 } }, 'INVALID_REQUEST a: expected 1..255, got 256'],
    ['ratio 0', { ...one, statelessStart: { ratio: 0 } }, 'INVALID_REQUEST ratio: expected 2 or 3, got 0'],
    ['ratio 4', { ...one, statelessResume: { a: 1, ratio: 4 } }, 'INVALID_REQUEST ratio: expected 2 or 3, got 4'],
    [
      '17 extensions',
      { ...one, extensions: new Array(17).fill('x'), statelessStart: {} },
      'INVALID_REQUEST extensions: expected at most 16, got 17',
    ],
    [
      'an empty extension name',
      { ...one, extensions: [''], statelessStart: {} },
      'INVALID_REQUEST extensions: expected names of 1..64 bytes, got ""',
    ],
    [
      'an extension name of 65 bytes in 33 characters',
      { ...one, extensions: [`${'ü'.repeat(32)}x`], statelessStart: {} },
      `INVALID_REQUEST extensions: expected names of 1..64 bytes, got "${'ü'.repeat(32)}x"`,
    ],
  ];
  for (const [what, wire, expected] of refusals) {
    it(`refuses ${what}`, () => {
      expect(refusalOf(decodeOpen(wire))).to.equal(expected);
    });
  }

  it('takes the limits themselves', () => {
    const extensions = new Array<string>(16).fill('x'.repeat(64));
    const statefulStart = { clientId: ID.toUpperCase(), n: 65_535, attempt: 4_294_967_295 };
    expect(value(decodeOpen({ protocolVersion: 1, extensions, statefulStart }))).to.deep.equal({
      extensions,
      request: { kind: 'stateful-start', clientId: ID, n: 65_535, attempt: 4_294_967_295 },
    });
  });

  it('takes an attempt of 0 for an absent one', () => {
    const { request } = value(decodeOpen({ ...one, statefulStart: { ...start, attempt: 0 } }));
    expect(request).to.deep.equal({ kind: 'stateful-start', clientId: ID, n: 20, attempt: undefined });
  });

  it('leaves the range of next_index to the server, which knows n and has other checks before it', () => {
    const far = { a: 1, nextIndex: 4_294_967_295 };
    expect(value(decodeOpen({ ...one, statelessResume: far })).request).to.deep.include({ nextIndex: 4_294_967_295 });
  });

  it('tells a ratio of 0 on the wire from an absent one', () => {
    const absent = Open.requestDeserialize(Buffer.from('08011a00', 'hex'));
    const zero = Open.requestDeserialize(Buffer.from('08011a020800', 'hex'));
    expect(value(decodeOpen(absent)).request).to.deep.equal({ kind: 'stateless-start', ratio: 2 });
    expect(refusalOf(decodeOpen(zero))).to.equal('INVALID_REQUEST ratio: expected 2 or 3, got 0');
  });

  it('ignores fields that it does not know', () => {
    const wire = Open.requestDeserialize(Buffer.from('08011a00fa7f0568656c6c6f', 'hex'));
    expect(value(decodeOpen(wire)).request).to.deep.equal({ kind: 'stateless-start', ratio: 2 });
  });
});

describe('decodeConfirm', () => {
  const confirm = { clientId: ID, resumeKey: KEY, attempt: 1 };

  it('refuses a bad id, a bad key and a missing attempt', () => {
    expect(refusalOf(decodeConfirm({ ...confirm, clientId: undefined }))).to.match(/^INVALID_REQUEST client_id: /);
    expect(refusalOf(decodeConfirm({ ...confirm, resumeKey: 'key' }))).to.equal(
      'INVALID_REQUEST resume_key: expected 16 bytes, got "key"',
    );
    expect(refusalOf(decodeConfirm({ ...confirm, attempt: 0 }))).to.equal(
      'INVALID_REQUEST attempt: expected 1..4294967295, got 0',
    );
  });
});

describe('decodeServerMessage', () => {
  const refusals: readonly (readonly [what: string, wire: object, detail: string])[] = [
    ['an empty response', {}, 'message: expected one of opened, item, final, got nothing'],
    ['an item without a value', { item: { index: 1 } }, 'value: expected one of number, integer, got nothing'],
    [
      'an item with two values',
      { item: { number: 1, integer: Buffer.of(1) } },
      'value: expected one of number, integer, got "number and integer"',
    ],
    [
      'an empty integer',
      { item: { integer: Buffer.of() } },
      'integer: expected at least 1 byte and no leading zero byte, got 0 bytes',
    ],
    [
      'a leading zero byte',
      { item: { integer: Buffer.of(0, 1) } },
      'integer: expected at least 1 byte and no leading zero byte, got 2 bytes',
    ],
    ['a number beyond 32 bits', { item: { number: 2 ** 32 } }, 'number: expected 0..4294967295, got 4294967296'],
    ['a number that is none', { final: { number: Number.NaN } }, 'number: expected 0..4294967295, got NaN'],
    [
      'an opened without profile',
      { opened: { protocolVersion: 1 } },
      'profile: expected one of stateless, stateful, got nothing',
    ],
    ['a checksum that is no bytes', { final: { checksum: 'ab' } }, 'checksum: expected 32 bytes, got "ab"'],
    ...[0, 31, 33].map(
      (length) =>
        [
          `a checksum of ${length} bytes`,
          { final: { checksum: Buffer.alloc(length) } },
          `checksum: expected 32 bytes, got ${length} bytes`,
        ] as const,
    ),
    ...[0, 15, 17].map(
      (length) =>
        [
          `a resume key of ${length} bytes`,
          { opened: { stateful: { n: 6, resumeKey: Buffer.alloc(length) } } },
          `resume_key: expected 16 bytes, got ${length} bytes`,
        ] as const,
    ),
  ];
  for (const [what, wire, detail] of refusals) {
    it(`refuses ${what}`, () => {
      expect(refusalOf(decodeServerMessage(wire))).to.equal(`PROTOCOL_ERROR ${detail}`);
    });
  }

  it('hands wrong values on, since they are for the session to judge', () => {
    const { kind } = value(decodeServerMessage({ opened: { nextIndex: 70_000, stateful: { n: 0, resumeKey: KEY } } }));
    expect(kind).to.equal('opened');
    expect(value(decodeServerMessage({ final: { checksum: Buffer.alloc(32) } }))).to.deep.include({
      kind: 'final',
      index: 0,
    });
  });

  it('hands a prefix checksum of any length on, since it may be one that nobody asked for', () => {
    const stateful = { n: 6, resumeKey: KEY, prefixChecksum: { count: 2, sha256: Buffer.of(7) } };
    expect(value(decodeServerMessage({ opened: { stateful } })))
      .to.have.nested.property('sequence.prefixChecksum')
      .that.deep.equals({ count: 2, sha256: Buffer.of(7) });
  });
});

describe('indexOf', () => {
  it('finds the index of an item or final that is refused for something else', () => {
    expect(indexOf({ item: { index: 3 } })).to.equal(3);
    expect(indexOf({ item: { integer: Buffer.of(0, 1) } })).to.equal(0);
    expect(indexOf({ final: { index: 5, checksum: Buffer.of(1) } })).to.equal(5);
  });

  it('finds none in an opened, in rubbish and in an index that is none', () => {
    for (const wire of [{ opened: { nextIndex: 1 } }, {}, undefined, { item: { index: -1 } }])
      expect(indexOf(wire)).to.equal(undefined);
  });
});

describe('decodeDescription', () => {
  it('refuses an answer without limits', () => {
    expect(refusalOf(decodeDescription({ specVersion: '1.0.0' }))).to.equal(
      'PROTOCOL_ERROR limits: expected a message, got nothing',
    );
  });

  it('refuses lists of anything else', () => {
    expect(refusalOf(decodeDescription({ limits: {}, protocolVersions: ['1'] }))).to.equal(
      'PROTOCOL_ERROR protocol_versions: expected a list of numbers, got 1',
    );
  });
});
