/**
 * Steps 1 and 2 of the order of checks in spec/core.md section 5.1, for requests in their JSON form.
 */
import { Input, type JsonObject } from './json.ts';

/** A registry error by name, and the field that its text has to name (RSQ-ERR-2). */
export interface Refusal {
  readonly error: 'UNSUPPORTED_VERSION' | 'INVALID_REQUEST';
  readonly field: string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const NIL = '00000000-0000-0000-0000-000000000000';
const REQUESTS = ['statelessStart', 'statelessResume', 'statefulStart', 'statefulResume'];
const MAX_EXTENSIONS = 16;
const MAX_EXTENSION_BYTES = 64;
const KEY_HEX_DIGITS = 32;

/** Whether a text is a client id as of RSQ-ENC-1 and RSQ-ENC-3. */
export function isClientId(text: string): boolean {
  return UUID.test(text) && text !== NIL;
}

/** The refusal of an OpenRequest that step 1 or 2 gives, or undefined. */
export function checkOpen(request: JsonObject): Refusal | undefined {
  if (request['protocolVersion'] !== 1) return { error: 'UNSUPPORTED_VERSION', field: 'protocol_version' };
  const field = faultyField(request);
  return field === undefined ? undefined : { error: 'INVALID_REQUEST', field };
}

function faultyField(request: JsonObject): string | undefined {
  const open = new Input(request);
  const extensions = open.has('extensions') ? open.texts('extensions') : [];
  const isNameWrong = (name: string): boolean => name === '' || Buffer.byteLength(name) > MAX_EXTENSION_BYTES;
  if (extensions.length > MAX_EXTENSIONS || extensions.some(isNameWrong)) return 'extensions';
  const [kind, second] = REQUESTS.filter((name) => open.has(name));
  if (kind === undefined || second !== undefined) return 'request';
  const fields = open.input(kind);
  return kind.startsWith('stateless') ? faultyStateless(kind, fields) : faultyStateful(kind, fields);
}

function faultyStateless(kind: string, fields: Input): string | undefined {
  const a = fields.optionalNumber('a') ?? 0;
  if (kind === 'statelessResume' && (a < 1 || a > 255)) return 'a';
  const ratio = fields.optionalNumber('ratio') ?? 2;
  return ratio === 2 || ratio === 3 ? undefined : 'ratio';
}

function faultyStateful(kind: string, fields: Input): string | undefined {
  if (!isClientId(textOf(fields, 'clientId'))) return 'client_id';
  const n = fields.optionalNumber('n') ?? 0;
  if (kind === 'statefulStart') return n < 1 || n > 65_535 ? 'n' : undefined;
  return textOf(fields, 'resumeKey').length === KEY_HEX_DIGITS ? undefined : 'resume_key';
}

/** The refusal of a ConfirmRequest for its form, or undefined. */
export function checkConfirm(request: JsonObject): Refusal | undefined {
  const confirm = new Input(request);
  if (!isClientId(textOf(confirm, 'clientId'))) return { error: 'INVALID_REQUEST', field: 'client_id' };
  if (textOf(confirm, 'resumeKey').length !== KEY_HEX_DIGITS) return { error: 'INVALID_REQUEST', field: 'resume_key' };
  return (confirm.optionalNumber('attempt') ?? 0) > 0 ? undefined : { error: 'INVALID_REQUEST', field: 'attempt' };
}

function textOf(input: Input, name: string): string {
  return input.has(name) ? input.text(name) : '';
}
