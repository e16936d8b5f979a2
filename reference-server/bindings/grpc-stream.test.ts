import { ServerInterceptingCall } from '@grpc/grpc-js';
import { expect } from 'chai';
import { receive } from '../testing/one-call.ts';
import { streamOf } from './grpc-stream.ts';

describe('the stream under a call', () => {
  it('is where grpc-js keeps it', async () => {
    const found: unknown[] = [];
    await receive((call) => {
      found.push(Reflect.get(streamOf(call) ?? {}, 'id'));
      call.end();
    });
    expect(found).to.deep.equal([1]);
  });

  it('is where grpc-js keeps it behind an interceptor', async () => {
    const found: unknown[] = [];
    await receive(
      (call) => {
        found.push(Reflect.get(streamOf(call) ?? {}, 'id'));
        call.end();
      },
      [(_method, call) => new ServerInterceptingCall(call)],
    );
    expect(found).to.deep.equal([1]);
  });

  it('is unknown when grpc-js keeps it elsewhere', () => {
    expect(streamOf({})).to.equal(undefined);
    expect(streamOf({ call: { nextCall: { stream: { close: () => undefined } } } })).to.equal(undefined);
  });
});
