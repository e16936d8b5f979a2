/**
 * Right requests, of which the wrong ones are made.
 */
import { bytesField, presentUintField, uintField } from '../../conformance/peer/protobuf.ts';
import { encodeRequest } from '../../conformance/target/wire.ts';
import type { RequestView } from '../../conformance/trace.ts';
import type { CallInput, Victim } from '../category.ts';
import type { Draw } from '../draw.ts';

const SERVICE = '/reseq.v1.SequenceService';
export const OPEN = `${SERVICE}/Open`;
export const CONFIRM = `${SERVICE}/Confirm`;
export const DESCRIBE = `${SERVICE}/Describe`;

/** Numbers of the fields of OpenRequest, and of those inside its requests. */
export const FIELD = {
  protocolVersion: 1,
  extensions: 2,
  statelessStart: 3,
  statelessResume: 4,
  statefulStart: 5,
  statefulResume: 6,
} as const;

/** A gRPC frame around a message. */
export function framed(message: Uint8Array, flag = 0, length = message.length): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, message]);
}

export function callOf(message: Uint8Array, path: string = OPEN): CallInput {
  return { path, body: framed(message) };
}

export function openBytes(request: RequestView): Buffer {
  return encodeRequest(request);
}

/** OpenRequest{protocol_version: 1, request}, the request as bytes. */
export function openWith(field: number, request: Uint8Array, ...more: readonly Uint8Array[]): Buffer {
  return Buffer.concat([uintField(FIELD.protocolVersion, 1), bytesField(field, request), ...more]);
}

/** A right START of a session of its own. */
export function rightStart(draw: Draw): Buffer {
  return openBytes({ kind: 'stateful-start', clientId: draw.clientId(), n: draw.int(2, 9), attempt: 1 });
}

/** Any right request. */
export function rightRequest(draw: Draw): Buffer {
  switch (draw.int(0, 3)) {
    case 0:
      return openBytes({ kind: 'stateless-start', ratio: draw.pick([2, 3]) });
    case 1:
      return openBytes({ kind: 'stateless-resume', a: draw.int(1, 255), nextIndex: draw.int(0, 65_534) });
    default:
      return rightStart(draw);
  }
}

/** START{client_id, n} with a client id as bytes. */
export function startWith(clientId: Uint8Array | string, n: Uint8Array | number, ...more: Uint8Array[]): Buffer {
  const count = typeof n === 'number' ? presentUintField(2, n) : n;
  return openWith(FIELD.statefulStart, Buffer.concat([bytesField(1, clientId), count, ...more]));
}

/** RESUME of the victim, changed in some fields. */
export function resumeOf(victim: Victim, changes: Partial<Victim> & { readonly nextIndex?: number } = {}): Buffer {
  const { clientId, attempt, resumeKey, nextIndex = 0 } = { ...victim, ...changes };
  return openBytes({ kind: 'stateful-resume', clientId, nextIndex, resumeKey, attempt });
}
