/** The model server's checks of a request that need no session: steps 1 and 2 of core.md section 5.1. */

import { decodeFields } from '../peer/protobuf.ts';
import type { CallEnd } from '../peer/transport.ts';
import type { WireOpen } from '../peer/wire.ts';
import type { ServerBug } from './bugs/server.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const NIL = '00000000-0000-0000-0000-000000000000';

/** @returns undefined when the request is well-formed */
export function requestFault(request: WireOpen, bug: ServerBug | undefined): CallEnd | undefined {
  if (request.protocolVersion !== 1 && bug !== 'any-version') {
    const detail = `protocol_version: expected 1, got ${request.protocolVersion}`;
    return { status: 'UNIMPLEMENTED', code: 101, detail };
  }
  const wrong = wrongField(request, bug);
  return wrong === undefined ? undefined : { status: 'INVALID_ARGUMENT', code: 100, detail: wrong };
}

function wrongField(request: WireOpen, bug: ServerBug | undefined): string | undefined {
  const { extensions } = request;
  const most = bug === 'fifteen-extensions' ? 15 : 16;
  if (bug === 'extensions-unlimited') return wrongRequest(request, bug);
  if (extensions.length > most) return `extensions: expected at most ${most}, got ${extensions.length}`;
  const odd = extensions.find((name) => name === '' || Buffer.byteLength(name) > 64);
  if (odd !== undefined) return `extensions: expected names of 1..64 bytes, got ${Buffer.byteLength(odd)}`;
  return wrongRequest(request, bug);
}

function wrongRequest(request: WireOpen, bug: ServerBug | undefined): string | undefined {
  const { kind, clientId, n, a, ratio, resumeKey } = request;
  if (kind === undefined && bug !== 'empty-request-served') return 'request: expected one of four, got nothing';
  if (clientId !== undefined && !isClientId(clientId, bug)) {
    return `client_id: expected a UUID, got ${JSON.stringify(clientId.slice(0, 50))}`;
  }
  if (n !== undefined && !isCount(n, bug)) return `n: expected 1..65535, got ${n}`;
  if (a !== undefined && (a < 1 || a > 255) && !(bug === 'any-a' && a <= 256)) return `a: expected 1..255, got ${a}`;
  if (ratio !== undefined && ratio !== 2 && ratio !== 3 && bug !== 'any-ratio')
    return `ratio: expected 2 or 3, got ${ratio}`;
  if (resumeKey !== undefined && resumeKey.length !== 32 && bug !== 'any-key-length') {
    return `resume_key: expected 16 bytes, got ${resumeKey.length / 2}`;
  }
  return undefined;
}

function isCount(n: number, bug: ServerBug | undefined): boolean {
  if (bug === 'n-0-accepted' && n === 0) return true;
  if (bug === 'n-65536-accepted' && n === 65_536) return true;
  return n >= 1 && n <= 65_535;
}

function isClientId(text: string, bug: ServerBug | undefined): boolean {
  if (bug === 'lenient-client-ids') return UUID.test(text.replace(/^[ {"]|[} "\n]$|^urn:uuid:/g, ''));
  if (bug === 'v4-ids-only' && text[14] !== '4') return false;
  return UUID.test(text) && text !== NIL;
}

/** What a look at the bytes of a request finds, where nothing should be looked for. */
export function bytesFault(bytes: Uint8Array, bug: ServerBug | undefined): CallEnd | undefined {
  const tooLong = bug === 'small-requests-only' && bytes.length > 1_024;
  const unknown = bug === 'unknown-fields-refused' && decodeFields(bytes)?.some(({ number }) => number >= 1_000);
  if (!tooLong && unknown !== true) return undefined;
  return { status: 'INVALID_ARGUMENT', code: 100, detail: 'request: expected another one' };
}
