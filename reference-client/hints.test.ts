import { expect } from 'chai';
import { refusal } from '../protocol/errors.ts';
import { connectHint, type HintContext, hintFor } from './hints.ts';
import type { ClientResult } from './result.ts';

const CONTEXT: HintContext = { server: 'localhost:9000', tls: false, isOpened: false };

/** Details as grpc-js words them for each fault. */
const CASES: readonly [string, string, Partial<HintContext>, string][] = [
  [
    'a closed port',
    'No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:1. Resolution note: ',
    {},
    'nothing listens on localhost:9000',
  ],
  ['a misspelt name', 'Name resolution failed for target dns:locahlost:9000', {}, 'is it spelt right?'],
  [
    'an HTTP/1.1 server',
    'No connection established. Last error: Protocol error (2026-11-20T16:14:13.936Z).',
    {},
    'a Reseq server over gRPC',
  ],
  [
    'TLS against a plain server',
    'Error: 803CE580D47F0000:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:ssl3_record.c:350:',
    { tls: true },
    'does it speak TLS',
  ],
  [
    'an unknown authority',
    'Last error: Error: self-signed certificate in certificate chain',
    { tls: true },
    '--cacert',
  ],
  [
    'a missing client certificate',
    'ssl3_read_bytes:tlsv13 alert certificate required:rec_layer_s3.c:1601',
    { tls: true },
    '--cert',
  ],
  [
    'plain text against a TLS server',
    'Last error: Failed to connect (2026-11-20T16:35:37.895Z).',
    {},
    'does it want TLS',
  ],
  ['a port that never answers', 'no answer within 5000 ms of dialling', {}, 'is it a gRPC server?'],
];

describe('hints', () => {
  for (const [name, detail, over, text] of CASES) {
    it(`advises on ${name}`, () => {
      expect(connectHint(refusal('UNAVAILABLE', detail), { ...CONTEXT, ...over })).to.include(text);
    });
  }

  it('does not doubt the address once a server has answered', () => {
    const error = refusal('UNAVAILABLE', 'connect ECONNREFUSED');
    expect(connectHint(error, { ...CONTEXT, isOpened: true })).to.equal(undefined);
  });

  it('says why a session is gone, when it is known', () => {
    const gone = { result: 'incomplete', error: refusal('SESSION_NOT_FOUND', 'no session') } as const;
    const result: ClientResult = { ...gone, profile: 'stateful', count: 20, received: 6, clientId: 'x', reconnects: 6 };
    const context = { ...CONTEXT, isOpened: true, retentionMs: 30_000 };
    expect(hintFor(result, { ...context, silentMs: 38_000 })).to.include(
      'nothing came for 38 s, and it keeps a session for 30 s after it notices a drop',
    );
    expect(hintFor(result, { ...context, silentMs: 12_000 })).to.include('restarted without its store');
  });

  it('says nothing rather than guess', () => {
    expect(connectHint(refusal('UNAVAILABLE', 'shutting down'), CONTEXT)).to.equal(undefined);
  });
});
