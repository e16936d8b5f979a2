import { Metadata, status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { ERRORS, type ErrorName, NO_CODE, ReseqError, refusal } from '../../errors.ts';
import { fromStatus, toStatus } from './status.ts';

/** A status as a library or a proxy makes it up. */
function bare(code: status, trailers: Record<string, string> = {}): Parameters<typeof fromStatus>[0] {
  const metadata = new Metadata();
  for (const [name, text] of Object.entries(trailers)) metadata.set(name, text);
  return { code, details: 'because', metadata };
}

describe('toStatus', () => {
  for (const name of Object.keys(ERRORS) as ErrorName[]) {
    it(`sends ${name} so that fromStatus gives it back`, () => {
      const sent = toStatus(refusal(name, 'n: expected 1..65535, got 0'));
      expect(sent.code).to.equal(status[ERRORS[name].grpc]);
      expect(sent.details).to.equal('n: expected 1..65535, got 0');
      expect(sent.metadata.get('reseq-code')).to.deep.equal([String(ERRORS[name].code)]);
      const got = fromStatus(sent);
      expect(got).to.include({ code: ERRORS[name].code, detail: 'n: expected 1..65535, got 0', origin: 'remote' });
    });
  }

  it('sends the time to wait with a retryable error, in whole milliseconds', () => {
    const sent = toStatus(refusal('OVERLOADED', 'no room', { retryAfterMs: 499.5 }));
    expect(sent.metadata.get('reseq-retry-after-ms')).to.deep.equal(['500']);
    expect(fromStatus(sent).retryAfterMs).to.equal(500);
  });

  it('sends no time to wait with a terminal error', () => {
    const sent = toStatus(refusal('SESSION_NOT_FOUND', 'gone', { retryAfterMs: 500 }));
    expect(sent.metadata.get('reseq-retry-after-ms')).to.deep.equal([]);
  });

  it('sends an unknown code as UNKNOWN with its trailer', () => {
    const sent = toStatus(new ReseqError(250, 'of a later version'));
    expect(sent.code).to.equal(status.UNKNOWN);
    expect(fromStatus(sent)).to.include({ code: 250, retryable: true });
  });
});

describe('fromStatus', () => {
  for (const [code, name] of [
    [status.INVALID_ARGUMENT, 'INVALID_REQUEST'],
    [status.NOT_FOUND, 'SESSION_NOT_FOUND'],
    [status.ALREADY_EXISTS, 'SESSION_CONFLICT'],
    [status.OUT_OF_RANGE, 'OFFSET_OUT_OF_RANGE'],
    [status.ABORTED, 'SESSION_TAKEN_OVER'],
    [status.FAILED_PRECONDITION, 'STALE_ATTEMPT'],
  ] as const) {
    it(`takes a bare ${status[code]} for ${name}`, () => {
      const error = fromStatus(bare(code));
      expect(error).to.include({ code: ERRORS[name].code, retryable: false, detail: `gRPC ${status[code]}: because` });
    });
  }

  for (const code of [
    status.OK,
    status.CANCELLED,
    status.UNKNOWN,
    status.DEADLINE_EXCEEDED,
    status.RESOURCE_EXHAUSTED,
    status.UNAVAILABLE,
    status.INTERNAL,
    status.DATA_LOSS,
  ]) {
    it(`takes a bare ${status[code]} for a drop`, () => {
      expect(fromStatus(bare(code))).to.include({ registryName: 'UNAVAILABLE', retryable: true });
    });
  }

  for (const code of [status.UNAUTHENTICATED, status.PERMISSION_DENIED]) {
    it(`takes a bare ${status[code]} for terminal, without a registry code`, () => {
      const error = fromStatus(bare(code), true);
      expect(error).to.include({ code: NO_CODE, registryName: undefined, retryable: false });
    });
  }

  it('takes a bare UNIMPLEMENTED for terminal before the first OPENED and for a drop after it', () => {
    expect(fromStatus(bare(status.UNIMPLEMENTED), false)).to.include({ code: NO_CODE, retryable: false });
    expect(fromStatus(bare(status.UNIMPLEMENTED), true)).to.include({ registryName: 'UNAVAILABLE', retryable: true });
  });

  it('believes the trailer before the status', () => {
    const error = fromStatus(bare(status.UNAVAILABLE, { 'reseq-code': '102' }));
    expect(error).to.include({ registryName: 'SESSION_NOT_FOUND', retryable: false, detail: 'because' });
  });

  it('takes an OK for a drop, whatever its trailers say', () => {
    const error = fromStatus(bare(status.OK, { 'reseq-code': '102', 'reseq-retry-after-ms': '500' }));
    expect(error).to.include({ registryName: 'UNAVAILABLE', retryable: true, retryAfterMs: undefined });
  });

  it('classifies an unknown code by its range', () => {
    expect(fromStatus(bare(status.UNKNOWN, { 'reseq-code': '299' })).retryable).to.equal(true);
    expect(fromStatus(bare(status.UNKNOWN, { 'reseq-code': '199' })).retryable).to.equal(false);
    expect(fromStatus(bare(status.UNKNOWN, { 'reseq-code': '300' })).retryable).to.equal(false);
  });

  for (const text of ['', 'abc', '-1', '1e2', '0x66', '12345678901']) {
    it(`ignores a trailer of ${JSON.stringify(text)}`, () => {
      const error = fromStatus(bare(status.NOT_FOUND, { 'reseq-code': text, 'reseq-retry-after-ms': text }));
      expect(error).to.include({ registryName: 'SESSION_NOT_FOUND', retryAfterMs: undefined });
    });
  }
});
