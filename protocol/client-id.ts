/**
 * Client ids: the 36-character text of RFC 9562, any case in, lower case kept. Spec: core.md, "Client id".
 */
import { fail, invalid, ok, type Result } from './errors.ts';
import { CLIENT_ID_BYTES } from './limits.ts';

const UUID_TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const NIL = '00000000-0000-0000-0000-000000000000';

/** The id in lower case. Refused with INVALID_REQUEST: other forms (braces, urn:, no hyphens) and the nil UUID. */
export function parseClientId(text: string): Result<string> {
  const id = text.toLowerCase();
  if (!UUID_TEXT.test(id)) return fail(invalid('client_id', 'UUID text of 36 characters', text));
  if (id === NIL) return fail(invalid('client_id', 'a UUID other than nil', text));
  return ok(id);
}

/** 16 bytes in network order of an id that parseClientId gave. */
export function clientIdBytes(id: string): Uint8Array {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
  if (bytes.length !== CLIENT_ID_BYTES)
    throw new RangeError(`client id: expected UUID text, got ${id.length} characters`);
  return bytes;
}
