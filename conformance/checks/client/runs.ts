/** Checks of undisturbed runs. */

import type { Check } from '../../check.ts';
import { EXTRA_NOTE } from '../../peer/peer.ts';
import { eventsOf } from '../../trace.ts';
import { type History, historyOf } from './history.ts';
import { broken, clientCheck, judgeCases, judgeEvery, met, unlessLate } from './judge.ts';
import { completeAndExact } from './outcomes.ts';
import { fieldFaults, isUnsupported, resultOf } from './result.ts';

const scenario = 'client-runs';
/** Between the last item and the end of a stateless connection. */
const CLOSE_WITHIN_MS = 1_000;

const FRESH_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

const freshIds: Check = {
  id: 'client-makes-fresh-ids',
  title: 'each run has a new client id of version 4 or 7, or the one given',
  side: 'client',
  profile: 'stateful',
  scenario,
  requirements: ['RSQ-SFL-1@759a045995d0'],
  judge: (traces) => {
    const seen = new Set<string>();
    return judgeCases(traces, (trace) => {
      const request = historyOf(trace)?.attempts.find((attempt) => attempt.request !== undefined)?.request;
      if (request?.kind !== 'stateful-start') return undefined;
      const id = request.clientId;
      const { clientId: given } = trace.facts;
      if (typeof given === 'string') {
        return id.toLowerCase() === given.toLowerCase()
          ? met('the id given')
          : broken('another id than the one given', { expected: given, actual: id });
      }
      if (!FRESH_ID.test(id)) return broken('the client id is no UUID of version 4 or 7', { actual: id });
      if (seen.has(id.toLowerCase())) return broken('the client id of an earlier run', { actual: id });
      seen.add(id.toLowerCase());
      return met(id);
    });
  },
};

const unsupportedAlike: Check = {
  id: 'client-unsupported-exits-77',
  title: 'what the client does not support ends as unsupported, without a connection, each time alike',
  side: 'client',
  profile: 'any',
  scenario,
  requirements: ['RSQ-CLI-2@20f103682b1d', 'RSQ-DRV-6@7d68b32983a5'],
  judge: (traces) => {
    const served = new Map(
      traces
        .filter((trace) => isServed(historyOf(trace)))
        .map((trace) => [JSON.stringify(trace.facts['asks']), trace.caseId]),
    );
    return judgeEvery(traces, (trace, history) => {
      if (!isUnsupported(history))
        return { kind: 'optional', message: 'the client supports all that it was asked for' };
      const event = history.attempts[0]?.event;
      if (event !== undefined) return broken('it connected and then said unsupported', { event });
      const other = served.get(JSON.stringify(trace.facts['asks']));
      return other === undefined ? met('no connection') : broken(`it says unsupported to what it served in ${other}`);
    });
  },
};

function isServed(history: History | undefined): boolean {
  return history !== undefined && !isUnsupported(history) && history.complete !== undefined;
}

export const RUN_CHECKS: readonly Check[] = [
  clientCheck({
    id: 'client-completes-stateful',
    title: 'a stateful run ends complete, with the right checksum',
    scenario,
    profile: 'stateful',
    cases: ['stateful-*'],
    requirements: ['RSQ-FIN-1@535648965fdf', 'RSQ-SUM-1@a4fd4e5253eb', 'RSQ-CLI-6@a7213ac218ee'],
    look: completeAndExact,
  }),
  clientCheck({
    id: 'client-completes-stateless',
    title: 'a stateless run ends complete, with the exact sum',
    scenario,
    profile: 'stateless',
    cases: ['stateless-*'],
    requirements: ['RSQ-SLS-10@c92196e177c7', 'RSQ-CLI-6@a7213ac218ee'],
    look: completeAndExact,
  }),
  clientCheck({
    id: 'client-closes-when-complete',
    title: 'a stateless client closes the connection at item n - 1',
    scenario,
    profile: 'stateless',
    cases: ['stateless-*'],
    requirements: ['RSQ-SLS-10@c92196e177c7'],
    look: (trace, history) => {
      if (history.complete === undefined) return undefined;
      const end = history.attempts.at(-1)?.end;
      const event = history.complete.event;
      if (end === undefined || end.by !== 'client') return broken('the client did not close the connection', { event });
      const tookMs = end.atMs - history.complete.atMs;
      return tookMs <= CLOSE_WITHIN_MS
        ? met(`closed ${Math.round(tookMs)} ms after the last item`)
        : unlessLate(
            trace,
            CLOSE_WITHIN_MS,
            broken('the connection stayed open', {
              expected: `${CLOSE_WITHIN_MS} ms`,
              actual: `${Math.round(tookMs)} ms`,
              event,
            }),
          );
    },
  }),
  clientCheck({
    id: 'client-sends-version-1',
    title: 'each OPEN has protocol_version 1',
    scenario,
    requirements: ['RSQ-VER-1@c031272f7718'],
    look: (trace, history) => {
      const requests = history.attempts.flatMap((attempt) => attempt.request ?? []);
      const wrong = requests.find((request) => request.protocolVersion !== 1);
      if (wrong !== undefined)
        return broken('another version', { expected: '1', actual: String(wrong.protocolVersion) });
      return requests.length === 0 ? undefined : met(`${eventsOf(trace, 'open').length} requests`);
    },
  }),
  clientCheck({
    id: 'client-sends-nothing-after-open',
    title: 'a client sends nothing on a connection after its OPEN',
    scenario,
    requirements: ['RSQ-MSG-6@17247d0b47bf'],
    look: (trace, history) => {
      const event = trace.events.findIndex((one) => one.kind === 'note' && one.text === EXTRA_NOTE);
      if (event >= 0) return broken('the client sent a second message', { event });
      return history.accepted === 0 ? undefined : met('one message');
    },
  }),
  clientCheck({
    id: 'client-prints-one-line',
    title: 'stdout is exactly one line with a JSON object',
    scenario,
    requirements: ['RSQ-CLI-4@9a73c392a13a', 'RSQ-CLI-5@0971bd6eabd3'],
    look: (_trace, history) => {
      const result = resultOf(history);
      if (history.end.by !== 'command') return undefined;
      if (typeof result === 'string')
        return broken(result, { expected: 'one line with a JSON object', actual: history.end.stdout.slice(0, 200) });
      return met('one JSON object');
    },
  }),
  clientCheck({
    id: 'client-result-fields',
    title: 'the result has the fields and types of the table',
    scenario,
    requirements: ['RSQ-CLI-4@9a73c392a13a', 'RSQ-DRV-4@3f2bb739a0b2'],
    look: (trace, history) => {
      const result = resultOf(history);
      if (typeof result === 'string') return undefined;
      const [fault] = fieldFaults(result, trace, history);
      return fault === undefined ? met(`${Object.keys(result).length} fields`) : broken(fault);
    },
  }),
  clientCheck({
    id: 'client-ignores-unknown-fields',
    title: 'fields that the client does not know change nothing',
    scenario,
    cases: ['unknown-fields-*'],
    requirements: ['RSQ-MSG-5@a40c70086f9c'],
    look: undisturbed,
  }),
  clientCheck({
    id: 'client-takes-the-largest-messages',
    title: 'messages of 16384 bytes are accepted',
    scenario,
    profile: 'stateful',
    cases: ['largest-messages'],
    requirements: ['RSQ-LIM-4@eccc8d264627'],
    look: undisturbed,
  }),
  clientCheck({
    id: 'client-works-without-extensions',
    title: 'a server that grants no extension is no obstacle',
    scenario,
    profile: 'stateful',
    cases: ['no-extensions'],
    requirements: ['RSQ-VER-4@019aa23c2ee2'],
    look: undisturbed,
  }),
  clientCheck({
    id: 'client-works-at-any-interval',
    title: 'any pace of the server will do, from no pause to a second',
    scenario,
    cases: ['no-pause-*', 'pause-*'],
    requirements: ['RSQ-PAC-6@3aef4009be82'],
    look: undisturbed,
  }),
  clientCheck({
    id: 'client-ignores-what-follows-final',
    title: 'nothing that comes after FINAL changes the outcome',
    scenario,
    profile: 'stateful',
    cases: ['after-final'],
    requirements: ['RSQ-FIN-9@db2fbaebf5c7'],
    look: undisturbed,
  }),
  clientCheck({
    id: 'client-takes-flags-in-any-order',
    title: 'the flags may come in any order',
    scenario,
    cases: ['flags-*'],
    requirements: ['RSQ-CLI-1@ff93c66e8436'],
    look: completeAndExact,
  }),
  unsupportedAlike,
  freshIds,
  clientCheck({
    id: 'client-full-length-stateful',
    title: '65535 items at 1 ms: every one accepted, the checksum right',
    scenario: 'client-full-length',
    profile: 'stateful',
    cases: ['stateful'],
    requirements: ['RSQ-FIN-1@535648965fdf', 'RSQ-PAC-6@3aef4009be82'],
    look: completeAndExact,
  }),
  clientCheck({
    id: 'client-full-length-stateless',
    title: '65535 items at 1 ms: the sum of 19,731 digits is exact',
    scenario: 'client-full-length',
    profile: 'stateless',
    cases: ['stateless'],
    requirements: ['RSQ-SLS-10@c92196e177c7', 'RSQ-PAC-6@3aef4009be82'],
    look: completeAndExact,
  }),
];

/** Complete on the first connection. */
function undisturbed(...[trace, history]: Parameters<typeof completeAndExact>): ReturnType<typeof completeAndExact> {
  const finding = completeAndExact(trace, history);
  const again = history.attempts[1];
  if (finding.kind !== 'met' || again === undefined) return finding;
  return broken('the client reconnected without need', { event: again.event });
}
