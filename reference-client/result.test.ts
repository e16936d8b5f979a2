import { expect } from 'chai';
import { NO_CODE, ReseqError } from '../protocol/errors.ts';
import { formatResult, type StatefulResult, type StatelessResult } from './result.ts';

const STATEFUL: StatefulResult = {
  result: 'incomplete',
  profile: 'stateful',
  count: 20,
  received: 7,
  reconnects: 4,
  clientId: '6ba7b810-9dad-41d1-80b4-00c04fd430c8',
};

const STATELESS: StatelessResult = { result: 'complete', profile: 'stateless', count: 54, received: 54, reconnects: 0 };

function errorOf(error: ReseqError): unknown {
  const parsed: { error?: unknown } = JSON.parse(formatResult({ ...STATEFUL, error }));
  return parsed.error;
}

describe('result line', () => {
  it('is the one of the specification', () => {
    const error = new ReseqError(102, 'no session with this client id and resume key');
    expect(formatResult({ ...STATEFUL, error })).to.equal(
      '{"result":"incomplete","profile":"stateful","count":20,"received":7,"clientId":"6ba7b810-9dad-41d1-80b4-00c04fd430c8","reconnects":4,"error":{"code":102,"name":"SESSION_NOT_FOUND","message":"no session with this client id and resume key"}}',
    );
  });

  it('writes a sum that no double holds as decimal text', () => {
    const sum = 18_014_398_509_481_983n;
    expect(formatResult({ ...STATELESS, a: 1, ratio: 2, sum })).to.include('"sum":"18014398509481983"');
  });

  it('names no code that is not in the registry', () => {
    expect(errorOf(new ReseqError(199, 'from the future'))).to.deep.equal({ code: 199, message: 'from the future' });
    expect(errorOf(new ReseqError(NO_CODE, 'gRPC UNAUTHENTICATED: no'))).to.deep.equal({
      message: 'gRPC UNAUTHENTICATED: no',
    });
  });

  it('is one line, whatever a server says', () => {
    expect(formatResult({ ...STATEFUL, error: new ReseqError(100, 'a\nb\r\u2028c') })).not.to.match(/[\n\r]/);
  });
});
