import { expect } from 'chai';
import { diagnose } from './diagnosis.ts';
import { goodServer } from './testing/good-server.ts';
import {
  final,
  item,
  openedStateful,
  RESUME_KEY,
  refused,
  resume,
  start,
  TraceBuilder,
} from './testing/trace-builder.ts';
import type { Trace } from './trace.ts';

const resumed = (next: number, first: number) =>
  new TraceBuilder('s')
    .stream('start', start(9))
    .items(openedStateful(9), item(0), item(1))
    .drop()
    .stream('resume', resume(next))
    .items(openedStateful(9, next), item(first))
    .build();

/** Of the newest event of a trace. */
function causeOf(trace: Trace, ...others: readonly Trace[]): string | undefined {
  const at = { caseId: trace.caseId, event: trace.events.length - 1 };
  const found = diagnose(at, trace, [trace, ...others]);
  return found && `${found.cause}: ${found.figures}`;
}

const NOT_FOUND = refused('NOT_FOUND', 102, '');
const STALE = refused('FAILED_PRECONDITION', 106, '');

describe('diagnosis', () => {
  it('names a resume that is one off, either way, and one that begins anew, with how many are', () => {
    expect(causeOf(resumed(2, 3), resumed(2, 3), resumed(2, 2))).to.match(
      /^streams begin at the item after next_index, .*: wrong in 2 of 3 RESUMEs and 0 of 3 STARTs$/,
    );
    expect(causeOf(resumed(2, 1))).to.match(/^streams begin at the item before next_index/);
    expect(causeOf(resumed(2, 0))).to.match(/^the sequence begins anew/);
  });

  it('names an old attempt that is served', () => {
    const served = new TraceBuilder('s')
      .stream('start', start(9, { attempt: 5 }))
      .message(openedStateful(9, 0, { attempt: 5 }))
      .stream('stale', resume(0, { attempt: 5 }))
      .message(openedStateful(9, 0, { attempt: 5 }))
      .build();
    expect(causeOf(served)).to.equal(
      'a given attempt is not compared with the stored one: 1 of 1 requests with an old attempt were served: 5 when 5 was stored (RESUME)',
    );
    const kept = new TraceBuilder('s')
      .stream('start', start(9, { attempt: 5 }))
      .message(openedStateful(9, 0, { attempt: 5 }))
      .stream('stale', resume(0, { attempt: 5 }))
      .status(STALE)
      .build();
    expect(causeOf(kept)).to.equal(undefined);
  });

  it('names a request for a session that begins another one, which says nothing of how long the first was there', () => {
    const OTHER = '00112233445566778899aabbccddeeff';
    const answered = (resumeKey: string, request = resume(0), ms = 200) =>
      new TraceBuilder('expiry-fan')
        .stream('start', start(9))
        .items(openedStateful(9), item(0))
        .drop()
        .wait(ms)
        .stream('again', request)
        .message(openedStateful(9, 0, { resumeKey }))
        .build();
    expect(causeOf(answered(OTHER, resume(0), 40_000))).to.equal(
      'a RESUME begins a new session: 1 of 1 answers to RESUME carry another resume key',
    );
    expect(causeOf(answered(OTHER, start(9, { attempt: 2 })))).to.equal(
      'a START for a session that exists begins a new session: 1 of 1 answers to START carry another resume key',
    );
    // The session may have expired by then.
    expect(causeOf(answered(OTHER, start(9, { attempt: 2 }), 40_000))).to.equal(undefined);
    expect(causeOf(answered(RESUME_KEY, start(9, { attempt: 2 })))).to.equal(undefined);
  });

  it('says how long after FINAL a session was there', () => {
    const ended = (extensions: string[]) =>
      new TraceBuilder('s')
        .stream('start', start(1))
        .items(openedStateful(1, 0, { extensions }), final(1))
        .wait(7)
        .stream('resume', resume(0))
        .message(openedStateful(1))
        .wait(500)
        .drop();
    expect(causeOf(ended([]).stream('late', resume(0)).status(NOT_FOUND).build())).to.match(
      /^a session is kept after FINAL .*: 1 of 2 RESUMEs served, still there 7 ms after FINAL, gone 507 ms after it$/,
    );
    expect(causeOf(ended(['confirm-final']).build())).to.equal(undefined);
  });

  it('says what a retention runs from', () => {
    const probed = (attachedMs: number, awayMs: number, isThere: boolean) => {
      const builder = new TraceBuilder('expiry-fan', `${attachedMs}`).stream('start', start(9));
      builder.message(openedStateful(9)).wait(attachedMs).drop().wait(awayMs).stream('probe', resume(0));
      return (isThere ? builder.message(openedStateful(9)) : builder.status(NOT_FOUND)).build();
    };
    const traces = [probed(15_000, 16_000, false), probed(1_000, 20_000, true), probed(40_000, 500, false)] as const;
    expect(causeOf(...traces)).to.match(
      /^the retention seems to run from the last attach or START and not from the drop: seen gone 31\.00, 40\.50 s after/,
    );
  });

  it('finds nothing in what a right server does', () => {
    const traces = [...goodServer().values()].flat();
    const found = traces.flatMap((trace) =>
      trace.events.flatMap((_, event) => diagnose({ caseId: trace.caseId, event }, trace, traces) ?? []),
    );
    expect(found).to.deep.equal([]);
  });
});
