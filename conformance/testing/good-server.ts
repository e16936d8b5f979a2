/** What the traces of a right server look like, by hand: one small world in which every server check passes. */

import { ERRORS } from '../../protocol/errors.ts';
import { exactValue } from '../oracle/doubling.ts';
import { REJECTIONS } from '../scenarios/server/rejections.ts';
import type { Trace } from '../trace.ts';
import { attemptTraces, completionTraces, NOT_FOUND, statefulTraces } from './good-sessions.ts';
import {
  CLIENT_ID,
  DESCRIPTION,
  final,
  INTERVAL_MS,
  integer,
  item,
  OK,
  openedStateful,
  openedStateless,
  RESUME_KEY,
  RETENTION_MS,
  refused,
  resume,
  start,
  TraceBuilder,
} from './trace-builder.ts';

const statelessItem = (a: number, index: number, ratio = 2) => integer(index, exactValue(a, ratio, index));

/** Scenario -> traces. */
export function goodServer(): Map<string, Trace[]> {
  return new Map(
    Object.entries({
      describe: describeTraces(),
      'unlisted-profile': [
        new TraceBuilder('unlisted-profile')
          .stream('stateless', { kind: 'stateless-start' })
          .items(openedStateless(3))
          .drop()
          .stream('stateful', start(3))
          .items(openedStateful(3))
          .drop()
          .build(),
      ],
      'extension-points': [
        ...['unknown fields', 'large request', 'sixteen extensions'].map((label) =>
          new TraceBuilder('extension-points', label)
            .stream(label, start(9))
            .message(openedStateful(9))
            .message(item(0))
            .drop()
            .build(),
        ),
      ],
      isolation: isolationTraces(),
      keepalive: keepaliveTraces(),
      'hostile-bytes': [
        new TraceBuilder('hostile-bytes', 'stateful')
          .stream('before', start(9))
          .message(openedStateful(9))
          .items(item(0), item(1))
          .stream('garbage', { kind: 'malformed', detail: 'ff' })
          .status({ grpc: 'INTERNAL', detail: 'cannot decode' })
          .on(1)
          .drop()
          .stream('after', start(9))
          .message(openedStateful(9))
          .message(item(0))
          .drop()
          .build(),
      ],
      rejections: rejectionTraces(),
      ...statelessTraces(),
      ...statefulTraces(),
      ...attemptTraces(),
      ...timingTraces(),
      ...completionTraces(),
    }),
  );
}

function describeTraces(): Trace[] {
  const trace = new TraceBuilder('describe', 'stateful')
    .stream('describe', { kind: 'describe' })
    .message(DESCRIPTION)
    .status(OK)
    .stream('asked', { kind: 'stateless-start', extensions: ['confirm-final'] })
    .message(openedStateless(3))
    .drop();
  for (const extensions of [['confirm-final'], ['prefix-checksum'], ['example.com.x', 'confirm-final']]) {
    trace
      .stream(`only ${extensions.join(' ')}`, start(5, { extensions }))
      .message(openedStateful(5, 0, { extensions: extensions.filter((name) => !name.includes('.')) }))
      .drop();
  }
  return [trace.build()];
}

function isolationTraces(): Trace[] {
  const trace = new TraceBuilder('isolation', 'neighbours');
  for (const [i, label] of ['dropped', 'kept', 'kept'].entries()) {
    trace
      .stream(label, start(2, { clientId: `${CLIENT_ID.slice(0, -1)}${i}` }))
      .message(openedStateful(2))
      .items(item(0, i + 100));
    if (label === 'dropped') trace.drop('rst');
    else trace.wait(INTERVAL_MS).message(final(2)).status(OK);
  }
  return [trace.build()];
}

function keepaliveTraces(): Trace[] {
  return [
    new TraceBuilder('keepalive', 'pings')
      .stream('pinged', start(99))
      .message(openedStateful(99))
      .message(item(0))
      .note('ping 1: answered')
      .wait(5_000)
      .note('ping 2: answered')
      .note('alive after the pings')
      .drop()
      .build(),
    new TraceBuilder('keepalive', 'dead-peer')
      .stream('dies', start(99, { attempt: 1 }))
      .message(openedStateful(99))
      .message(item(0))
      .drop('blackhole')
      .stream('resume beside the dead one', resume(1, { attempt: 2 }))
      .message(openedStateful(99, 1, { attempt: 2 }))
      .message(item(1))
      .drop()
      .on(1)
      .wait(9_800)
      .note('the server has closed the dead connection')
      .build(),
  ];
}

function rejectionTraces(): Trace[] {
  return REJECTIONS.map(({ id, error, field, profile, request }) => {
    const session = { clientId: CLIENT_ID, n: 40, resumeKey: RESUME_KEY, attempt: 1 };
    const detail = field === undefined ? 'as it has to be' : `${field}: expected something, got something else`;
    const trace = new TraceBuilder('rejections', id, { error, field, profile });
    if (profile === 'stateless') {
      trace
        .stream('before', { kind: 'stateless-start' })
        .message(openedStateless(3))
        .items(statelessItem(3, 0), statelessItem(3, 1));
    } else {
      trace
        .stream('before', start(40, { attempt: 1 }))
        .message(openedStateful(40))
        .items(item(0), item(1));
    }
    trace
      .stream('bad', request(session))
      .status(refused(ERRORS[error].grpc, ERRORS[error].code, detail))
      .on(1)
      .drop();
    if (profile === 'stateless') {
      trace.stream('after', { kind: 'stateless-start' }).message(openedStateless(4)).message(statelessItem(4, 0));
    } else {
      trace
        .stream('after', resume(2, { attempt: 2 }))
        .message(openedStateful(40, 2, { attempt: 2 }))
        .message(item(2));
    }
    return trace.drop().build();
  });
}

function statelessTraces(): Record<string, Trace[]> {
  const draws = new TraceBuilder('stateless-start', 'draws');
  for (let i = 0; i < 40; i++)
    draws
      .stream(`draw ${i}`, { kind: 'stateless-start' })
      .message(openedStateless(i * 6 + 1))
      .drop();
  return {
    'stateless-start': [
      draws.build(),
      ...[2, 3].map((ratio) =>
        new TraceBuilder('stateless-start', `ratio-${ratio}`, { ratio })
          .stream('start', { kind: 'stateless-start', ratio })
          .message(openedStateless(23, 0, ratio))
          .items(...[0, 1, 2, 3, 4, 5].map((index) => statelessItem(23, index, ratio)))
          .drop()
          .build(),
      ),
    ],
    'stateless-resume': [
      new TraceBuilder('stateless-resume', 'at-1-2-63')
        .stream('resume', { kind: 'stateless-resume', a: 1, nextIndex: 63, ratio: 2 })
        .message(openedStateless(1, 63))
        .items(statelessItem(1, 63), statelessItem(1, 64), statelessItem(1, 65))
        .drop()
        .build(),
    ],
    'stateless-far-end': [
      new TraceBuilder('stateless-far-end', 'ratio-2')
        .stream('resume', { kind: 'stateless-resume', a: 255, nextIndex: 65_533, ratio: 2 })
        .message(openedStateless(255, 65_533))
        .items(statelessItem(255, 65_533), statelessItem(255, 65_534))
        .status(OK)
        .build(),
    ],
  };
}

function probe(scenario: string, caseId: string, offsetMs: number, disturbed: boolean): Trace {
  const trace = new TraceBuilder(scenario, caseId, disturbed ? { offsetMs, disturbed } : { offsetMs })
    .stream('start', start(9, { attempt: 1 }))
    .message(openedStateful(9))
    .message(item(0))
    .drop()
    .wait(RETENTION_MS + offsetMs)
    .stream('probe', resume(0, { attempt: 2 }));
  return (offsetMs < 0 ? trace.message(openedStateful(9, 0, { attempt: 2 })).drop() : trace.status(NOT_FOUND)).build();
}

function timingTraces(): Record<string, Trace[]> {
  const count = 26;
  const pace = new TraceBuilder('pace', 'stateless')
    .stream('start', { kind: 'stateless-start' })
    .message(openedStateless(3))
    .items(...Array.from({ length: count }, (_, index) => statelessItem(3, index)))
    .drop();
  return {
    'expiry-fan': [
      probe('expiry-fan', 'retention-1000', -1_000, false),
      probe('expiry-fan', 'retention+1000', 1_050, false),
      probe('expiry-fan', 'disturbed-800', -800, true),
      probe('expiry-fan', 'disturbed1150', 1_150, true),
    ],
    'retention-reset': [
      probe('retention-reset', 'early', -1_000, false),
      probe('retention-reset', 'late', 1_200, false),
    ],
    'long-connection': [
      new TraceBuilder('long-connection', 'one')
        .stream('start', start(99, { attempt: 1 }))
        .message(openedStateful(99))
        .message(item(0))
        .wait(RETENTION_MS + 2_000)
        .note('still connected')
        .drop()
        .stream('return', resume(1, { attempt: 2 }))
        .message(openedStateful(99, 1, { attempt: 2 }))
        .message(item(1))
        .drop()
        .build(),
    ],
    pace: [pace.build()],
  };
}
