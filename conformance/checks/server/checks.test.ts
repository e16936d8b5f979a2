import { expect } from 'chai';
import { type Check, EVERY_SCENARIO, type JudgeContext } from '../../check.ts';
import { goodServer } from '../../testing/good-server.ts';
import { changed, DESCRIPTION, TraceBuilder } from '../../testing/trace-builder.ts';
import type { Trace } from '../../trace.ts';
import { BAD_SERVERS } from './bad-traces.ts';
import { SERVER_CHECKS } from './index.ts';

const CONTEXT: JudgeContext = { description: DESCRIPTION, seedFromClientId: false };
/** These need sessions that are all of seed 42: the small world uses one client id for others as well. */
const OF_ONE_SEED = [
  'values-are-pcg32',
  'resume-key-follows-from-the-seed',
  'values-are-the-same-on-every-connection',
  'final-carries-the-checksum',
];
const TEST_MODE = 'seed-follows-from-the-client-id';
/** Its first 8 bytes are 42. */
const TEST_MODE_ID = '00000000-0000-002a-8000-000000000001';

function tracesFor(check: Check, world: Map<string, Trace[]>): Trace[] {
  if (OF_ONE_SEED.includes(check.id)) return world.get('stateful-jump') ?? [];
  if (check.scenario === EVERY_SCENARIO) return [...world.values()].flat();
  const traces = world.get(check.scenario) ?? [];
  return check.id === TEST_MODE ? traces.map(withTestModeId) : traces;
}

function withTestModeId(trace: Trace): Trace {
  return changed(trace, (event) =>
    event.kind === 'open' && 'clientId' in event.request
      ? { ...event, request: { ...event.request, clientId: TEST_MODE_ID } }
      : event,
  );
}

function judge(check: Check, traces: readonly Trace[]) {
  return check.judge(traces, { ...CONTEXT, seedFromClientId: check.id === TEST_MODE });
}

const GOOD = goodServer();

describe('server checks', () => {
  for (const check of SERVER_CHECKS) {
    it(`${check.id} passes a right server`, () => {
      const verdict = judge(check, tracesFor(check, GOOD));
      expect(verdict.verdict, JSON.stringify(verdict)).to.equal('PASS');
    });

    it(`${check.id} fails a server that is wrong there`, () => {
      const bad = BAD_SERVERS[check.id];
      expect(bad, 'a wrong trace in bad-traces.ts').to.not.equal(undefined);
      for (const spoil of bad ?? []) {
        const verdict = judge(check, tracesFor(check, GOOD).map(spoil));
        expect(verdict.verdict, `${spoil}: ${JSON.stringify(verdict)}`).to.equal('FAIL');
      }
    });

    it(`${check.id} passes no silence`, () => {
      const silent = new TraceBuilder(check.scenario).build();
      expect(judge(check, [silent]).verdict).to.not.equal('PASS');
    });
  }
});
