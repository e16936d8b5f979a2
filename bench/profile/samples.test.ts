import { expect } from 'chai';
import { type CpuProfile, sharesWithin } from './samples.ts';

const frame = (id: number, functionName: string, url: string) => ({ id, callFrame: { functionName, url } });

/** A sample every 100 us from 1,000 us on. */
const PROFILE: CpuProfile = {
  startTime: 900,
  nodes: [
    frame(1, '(idle)', ''),
    frame(2, 'tick', 'file:///x/reference-server/pacing.ts'),
    frame(3, 'send', 'file:///x/reference-server/bindings/grpc.ts'),
    frame(4, '(program)', ''),
    frame(5, 'writeGeneric', 'node:internal/stream_base_commons'),
    frame(6, '', 'file:///x/node_modules/@grpc/grpc-js/build/src/server.js'),
  ],
  samples: [2, 1, 3, 4, 4, 2, 5, 6, 2],
  timeDeltas: [100, 100, 100, 100, 100, 100, 100, 100, 100],
};

describe('a profile', () => {
  it('is told by parts of the program, without idle time', () => {
    const { parts } = sharesWithin(PROFILE, 1_000, 1_600);
    expect(parts).to.deep.equal([
      { name: 'sessions: reference-server/', share: 0.4 },
      { name: 'native code and kernel', share: 0.4 },
      { name: 'gRPC binding: reference-server/bindings/', share: 0.2 },
    ]);
  });

  it('is told by functions with their files', () => {
    const { functions } = sharesWithin(PROFILE, 1_600, 1_800);
    expect(functions).to.deep.equal([
      { name: 'writeGeneric node:internal/stream_base_commons', share: 0.5 },
      { name: '(anonymous) src/server.js', share: 0.5 },
    ]);
  });

  it('counts nothing outside of the window', () => {
    expect(sharesWithin(PROFILE, 5_000, 6_000)).to.deep.equal({ parts: [], functions: [] });
  });
});
