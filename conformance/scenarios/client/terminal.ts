/** Errors after which a client must not come back, and those after which it must. Spec: errors.md, bindings/grpc.md section 2. */

import { after, refuse, type Step } from '../../peer/script.ts';
import type { GrpcStatus } from '../../peer/transport.ts';
import type { ClientScenario } from '../../scenario.ts';
import { type ClientCase, clientScenario, type Tempo } from './drive.ts';

const BARE: readonly GrpcStatus[] = [
  'INVALID_ARGUMENT',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'OUT_OF_RANGE',
  'ABORTED',
  'FAILED_PRECONDITION',
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
  'UNIMPLEMENTED',
];

function ends(
  id: string,
  when: 'before-opened' | 'after-opened',
  end: Omit<Extract<Step, { do: 'end' }>, 'do'>,
): ClientCase {
  const first = when === 'before-opened' ? refuse(end) : after(2, { do: 'end', ...end });
  return {
    id,
    profile: end.code === undefined && end.status === 'UNIMPLEMENTED' ? 'stateless' : 'stateful',
    count: 5,
    script: { streams: [first] },
    facts: { when, status: end.status, ...(end.code === undefined ? {} : { code: end.code }) },
  };
}

const CASES: readonly ClientCase[] = [
  ...BARE.map((status) => ends(`bare-${status.toLowerCase().replaceAll('_', '-')}`, 'before-opened', { status })),
  ends('bare-not-found-later', 'after-opened', { status: 'NOT_FOUND' }),
  // The status says "retry", the trailer decides.
  ends('code-101', 'before-opened', { status: 'UNAVAILABLE', code: 101 }),
  ends('code-102', 'before-opened', { status: 'UNAVAILABLE', code: 102 }),
  ends('code-102-later', 'after-opened', { status: 'NOT_FOUND', code: 102 }),
  ends('code-105-later', 'after-opened', { status: 'ABORTED', code: 105 }),
  ends('code-106-later', 'after-opened', { status: 'FAILED_PRECONDITION', code: 106 }),
  ends('code-107-later', 'after-opened', { status: 'UNAVAILABLE', code: 107 }),
  ends('code-99', 'after-opened', { status: 'UNAVAILABLE', code: 99 }),
  ends('code-199', 'after-opened', { status: 'UNAVAILABLE', code: 199 }),
  ends('code-300', 'before-opened', { status: 'UNAVAILABLE', code: 300 }),
];

export function terminal(tempo: Tempo): ClientScenario {
  return clientScenario('client-terminal', 'terminal errors, by code and by bare status', 5_000, tempo, CASES);
}

/** Each has one new item before it, so each wait is short. */
const RETRYABLE: readonly Omit<Extract<Step, { do: 'end' }>, 'do'>[] = [
  { status: 'UNAVAILABLE', code: 200 },
  { status: 'RESOURCE_EXHAUSTED', code: 201 },
  { status: 'INTERNAL', code: 202 },
  { status: 'NOT_FOUND', code: 250 },
  { status: 'ABORTED', code: 299 },
  { status: 'UNAVAILABLE' },
  { status: 'CANCELLED' },
  { status: 'UNKNOWN' },
  { status: 'DEADLINE_EXCEEDED' },
  { status: 'RESOURCE_EXHAUSTED' },
  { status: 'INTERNAL' },
  { status: 'DATA_LOSS' },
  { status: 'UNIMPLEMENTED' },
  { status: 'OK' },
];

export function retryable(tempo: Tempo): ClientScenario {
  const streams = RETRYABLE.map((end) => after(1, { do: 'end', ...end }));
  return clientScenario('client-retryable', 'errors that are no reason to give up', 5_000, tempo, [
    { id: 'stateful', profile: 'stateful', count: 17, script: { streams } },
  ]);
}
