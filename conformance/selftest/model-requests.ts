/** The model server's checks of a request that need no session: steps 1 and 2 of core.md section 5.1. */

import type { CallEnd } from '../peer/transport.ts';
import type { WireOpen } from '../peer/wire.ts';
import type { ServerBug } from './server-bugs.ts';

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
  const { extensions, kind, clientId, n, a, ratio, resumeKey } = request;
  if (extensions.length > 16) return `extensions: expected at most 16, got ${extensions.length}`;
  const odd = extensions.find((name) => name === '' || Buffer.byteLength(name) > 64);
  if (odd !== undefined) return `extensions: expected names of 1..64 bytes, got ${Buffer.byteLength(odd)}`;
  if (kind === undefined) return 'request: expected one of four, got nothing';
  if (clientId !== undefined && (!UUID.test(clientId) || clientId === NIL)) {
    return `client_id: expected a UUID, got ${JSON.stringify(clientId.slice(0, 50))}`;
  }
  if (n !== undefined && (n > 65_535 || (n < 1 && bug !== 'n-0-accepted'))) return `n: expected 1..65535, got ${n}`;
  if (a !== undefined && (a < 1 || a > 255)) return `a: expected 1..255, got ${a}`;
  if (ratio !== undefined && ratio !== 2 && ratio !== 3) return `ratio: expected 2 or 3, got ${ratio}`;
  if (resumeKey !== undefined && resumeKey.length !== 32) {
    return `resume_key: expected 16 bytes, got ${resumeKey.length / 2}`;
  }
  return undefined;
}
