/**
 * Abstract messages to and from wire objects. Spec: bindings/grpc.md, "Mapping".
 *
 * Decoding is total: whatever arrives becomes a message within its limits or an error that names
 * field, expected and got. Encoding leaves fields at their default out, so that the bytes are the
 * canonical ones of proto3 (protobufjs would write an explicit zero).
 */
import { parseClientId } from '../../client-id.ts';
import { decodeInteger, encodeInteger } from '../../doubling.ts';
import { invalid, type Result, refusal } from '../../errors.ts';
import {
  CHECKSUM_BYTES,
  MAX_A,
  MAX_COUNT,
  MAX_EXTENSION_LENGTH,
  MAX_EXTENSIONS,
  MIN_A,
  PROTOCOL_VERSION,
  RESUME_KEY_BYTES,
} from '../../limits.ts';
import type {
  Confirm,
  Description,
  Final,
  Item,
  Open,
  Opened,
  Ratio,
  SequenceRequest,
  ServerMessage,
  StatefulOpened,
  StatelessOpened,
} from '../../messages.ts';
import { type FieldError, type Fields, fieldDetail, reading } from './fields.ts';
import {
  type ConfirmRequestWire,
  type DescribeResponseWire,
  type ItemWire,
  listOf,
  type OpenedWire,
  type OpenRequestWire,
  type OpenResponseWire,
  unlessZero,
} from './wire.ts';

const MESSAGES = ['opened', 'item', 'final'] as const;
const REQUESTS = ['statelessStart', 'statelessResume', 'statefulStart', 'statefulResume'] as const;

/** A server's message outside its limits is the server's fault. */
const malformed: FieldError = (field, expected, got) => refusal('PROTOCOL_ERROR', fieldDetail(field, expected, got));

/**
 * Steps 1 and 2 of the order of checks: version (UNSUPPORTED_VERSION), then syntax (INVALID_REQUEST).
 * next_index comes as it is: its range is step 6, behind "has the server room" and "is there a session".
 */
export function decodeOpen(wire: unknown): Result<Open> {
  return reading(wire, invalid, (fields) => {
    const version = fields.uint('protocolVersion');
    if (version !== PROTOCOL_VERSION) {
      const detail = fieldDetail('protocol_version', String(PROTOCOL_VERSION), version);
      fields.accept({ ok: false, error: refusal('UNSUPPORTED_VERSION', detail) });
    }
    return { extensions: decodeExtensions(fields), request: decodeRequest(fields) };
  });
}

function decodeExtensions(fields: Fields): readonly string[] {
  const extensions = fields.texts('extensions');
  if (extensions.length > MAX_EXTENSIONS) {
    return fields.refuse('extensions', `at most ${MAX_EXTENSIONS}`, extensions.length);
  }
  const badName = extensions.find((name) => name === '' || Buffer.byteLength(name) > MAX_EXTENSION_LENGTH);
  if (badName !== undefined) {
    return fields.refuse('extensions', `names of 1..${MAX_EXTENSION_LENGTH} bytes`, badName);
  }
  return extensions;
}

function decodeRequest(fields: Fields): SequenceRequest {
  const name = fields.oneOf('request', REQUESTS);
  const request = fields.message(name) ?? fields;
  switch (name) {
    case 'statelessStart':
      return { kind: 'stateless-start', ratio: decodeRatio(request) };
    case 'statelessResume':
      return {
        kind: 'stateless-resume',
        a: request.uint('a', MIN_A, MAX_A),
        ratio: decodeRatio(request),
        nextIndex: request.uint('nextIndex'),
      };
    case 'statefulStart':
      return {
        kind: 'stateful-start',
        clientId: request.accept(parseClientId(request.text('clientId'))),
        n: request.uint('n', 1, MAX_COUNT),
        attempt: decodeAttempt(request),
      };
    default:
      return {
        kind: 'stateful-resume',
        clientId: request.accept(parseClientId(request.text('clientId'))),
        nextIndex: request.uint('nextIndex'),
        resumeKey: request.bytes('resumeKey', RESUME_KEY_BYTES),
        attempt: decodeAttempt(request),
      };
  }
}

function decodeRatio(fields: Fields): Ratio {
  if (!fields.has('ratio')) return 2;
  const ratio = fields.uint('ratio');
  return ratio === 2 || ratio === 3 ? ratio : fields.refuse('ratio', '2 or 3', ratio);
}

/** Absent and 0 both mean "stored + 1". */
function decodeAttempt(fields: Fields): number | undefined {
  const attempt = fields.uint('attempt');
  return attempt === 0 ? undefined : attempt;
}

/** The wire object of an opening request. */
export function encodeOpen(open: Open): OpenRequestWire {
  return {
    protocolVersion: PROTOCOL_VERSION,
    ...listOf('extensions', open.extensions),
    ...encodeRequest(open.request),
  };
}

function encodeRequest(request: SequenceRequest): OpenRequestWire {
  switch (request.kind) {
    case 'stateless-start':
      return { statelessStart: encodeRatio(request.ratio) };
    case 'stateless-resume':
      return {
        statelessResume: { a: request.a, ...unlessZero('nextIndex', request.nextIndex), ...encodeRatio(request.ratio) },
      };
    case 'stateful-start':
      return {
        statefulStart: { clientId: request.clientId, n: request.n, ...encodeAttempt(request.attempt) },
      };
    case 'stateful-resume':
      return {
        statefulResume: {
          clientId: request.clientId,
          ...unlessZero('nextIndex', request.nextIndex),
          resumeKey: request.resumeKey,
          ...encodeAttempt(request.attempt),
        },
      };
  }
}

/** 2 is what absence means. */
function encodeRatio(ratio: Ratio): { ratio?: number } {
  return ratio === 2 ? {} : { ratio };
}

function encodeAttempt(attempt: number | undefined): { attempt?: number } {
  return attempt === undefined ? {} : { attempt };
}

/** Refuses with INVALID_REQUEST. */
export function decodeConfirm(wire: unknown): Result<Confirm> {
  return reading(wire, invalid, (fields) => ({
    clientId: fields.accept(parseClientId(fields.text('clientId'))),
    resumeKey: fields.bytes('resumeKey', RESUME_KEY_BYTES),
    attempt: fields.uint('attempt', 1),
  }));
}

export function encodeConfirm(confirm: Confirm): ConfirmRequestWire {
  return { clientId: confirm.clientId, resumeKey: confirm.resumeKey, attempt: confirm.attempt };
}

/**
 * Refuses with PROTOCOL_ERROR what has no meaning at all. Values are not judged here: one that the
 * client did not ask for, such as another n, is a mismatch, and that is for its session to say.
 */
export function decodeServerMessage(wire: unknown): Result<ServerMessage> {
  return reading(wire, malformed, (fields): ServerMessage => {
    const name = fields.oneOf('message', MESSAGES);
    const message = fields.message(name) ?? fields;
    if (name === 'opened') return decodeOpened(message);
    return name === 'item' ? decodeItem(message) : decodeFinal(message);
  });
}

/**
 * The index of an item or final, also of one that decodeServerMessage refuses: an old one is no fault,
 * whatever else is in it (RSQ-MSG-7). Undefined when there is none.
 */
export function indexOf(wire: unknown): number | undefined {
  const index = reading(wire, malformed, (fields) => {
    const name = fields.oneOf('message', MESSAGES);
    return name === 'opened' ? undefined : fields.message(name)?.uint('index');
  });
  return index.ok ? index.value : undefined;
}

function decodeOpened(fields: Fields): Opened {
  const profile = fields.oneOf('profile', ['stateless', 'stateful']);
  const sequence = fields.message(profile) ?? fields;
  return {
    kind: 'opened',
    protocolVersion: fields.uint('protocolVersion'),
    intervalMs: fields.uint('intervalMs'),
    nextIndex: fields.uint('nextIndex'),
    extensions: fields.texts('extensions'),
    sequence: profile === 'stateless' ? decodeStatelessOpened(sequence) : decodeStatefulOpened(sequence),
  };
}

function decodeStatelessOpened(fields: Fields): StatelessOpened {
  return { profile: 'stateless', a: fields.uint('a'), ratio: fields.uint('ratio') };
}

function decodeStatefulOpened(fields: Fields): StatefulOpened {
  const prefix = fields.message('prefixChecksum');
  return {
    profile: 'stateful',
    n: fields.uint('n'),
    retentionMs: fields.uint('retentionMs'),
    resumeKey: fields.bytes('resumeKey', RESUME_KEY_BYTES),
    attempt: fields.uint('attempt'),
    // Of any length: one that was not asked for is ignored, any other is compared.
    prefixChecksum: prefix && { count: prefix.uint('count'), sha256: prefix.bytes('sha256') },
  };
}

function decodeItem(fields: Fields): Item {
  const index = fields.uint('index');
  if (fields.oneOf('value', ['number', 'integer']) === 'number') {
    return { kind: 'item', index, value: fields.uint('number') };
  }
  const bytes = fields.bytes('integer');
  const value = decodeInteger(bytes);
  if (value !== undefined) return { kind: 'item', index, value };
  return fields.refuse('integer', 'at least 1 byte and no leading zero byte', bytes);
}

function decodeFinal(fields: Fields): Final {
  return {
    kind: 'final',
    index: fields.uint('index'),
    value: fields.uint('number'),
    checksum: fields.bytes('checksum', CHECKSUM_BYTES),
  };
}

export function encodeServerMessage(message: ServerMessage): OpenResponseWire {
  switch (message.kind) {
    case 'opened':
      return { opened: encodeOpened(message) };
    case 'item':
      return { item: encodeItem(message) };
    case 'final':
      return {
        final: {
          ...unlessZero('index', message.index),
          ...unlessZero('number', message.value),
          checksum: message.checksum,
        },
      };
  }
}

function encodeItem(item: Item): ItemWire {
  const index = unlessZero('index', item.index);
  // A member of a oneof is written even at zero: its presence tells the kind.
  if (typeof item.value === 'number') return { ...index, number: item.value };
  return { ...index, integer: encodeInteger(item.value) };
}

function encodeOpened(opened: Opened): OpenedWire {
  return {
    ...unlessZero('protocolVersion', opened.protocolVersion),
    ...unlessZero('intervalMs', opened.intervalMs),
    ...unlessZero('nextIndex', opened.nextIndex),
    ...listOf('extensions', opened.extensions),
    ...encodeOpenedSequence(opened.sequence),
  };
}

function encodeOpenedSequence(sequence: StatelessOpened | StatefulOpened): OpenedWire {
  if (sequence.profile === 'stateless') return { stateless: { a: sequence.a, ratio: sequence.ratio } };
  const { n, retentionMs, resumeKey, attempt, prefixChecksum } = sequence;
  const stateful = { n, ...unlessZero('retentionMs', retentionMs), resumeKey, attempt };
  if (prefixChecksum === undefined) return { stateful };
  const { count, sha256 } = prefixChecksum;
  return { stateful: { ...stateful, prefixChecksum: { ...unlessZero('count', count), sha256 } } };
}

/** Refuses with PROTOCOL_ERROR. */
export function decodeDescription(wire: unknown): Result<Description> {
  return reading(wire, malformed, (fields) => {
    const limits = fields.message('limits') ?? fields.refuse('limits', 'a message', undefined);
    return {
      specVersion: fields.text('specVersion'),
      protocolVersions: fields.uints('protocolVersions'),
      profiles: fields.texts('profiles'),
      extensions: fields.texts('extensions'),
      intervalMs: fields.uint('intervalMs'),
      retentionMs: fields.uint('retentionMs'),
      dropDetectionMs: fields.uint('dropDetectionMs'),
      limits: {
        maxCount: limits.uint('maxCount'),
        maxSessions: limits.uint('maxSessions'),
        maxRequestBytes: limits.uint('maxRequestBytes'),
      },
      implementation: fields.text('implementation'),
    };
  });
}

export function encodeDescription(description: Description): DescribeResponseWire {
  return description;
}
