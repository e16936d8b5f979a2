/**
 * Advice for people, from what went wrong. Nothing but the text on stderr depends on it: a transport
 * tells a wrong port, a TLS mismatch and a misspelt name apart in its words only, all three being
 * UNAVAILABLE.
 */
import { ERRORS, type ErrorName, NO_CODE, type ReseqError } from '../protocol/errors.ts';
import type { ClientResult } from './result.ts';
import { duration } from './words.ts';

interface Clue {
  readonly words: RegExp;
  readonly advice: (server: string, tls: boolean) => string;
}

const CLUES: readonly Clue[] = [
  {
    words: /ECONNREFUSED/,
    advice: (server) => `nothing listens on ${server}: is the server running, and is this its port?`,
  },
  {
    words: /ENOTFOUND|EAI_AGAIN|Name resolution failed/,
    advice: (server) => `the name in ${server} is unknown: is it spelt right?`,
  },
  {
    words: /EHOSTUNREACH|ENETUNREACH|ETIMEDOUT/,
    advice: (server) => `there is no way to ${server}: check network and firewall`,
  },
  {
    words: /certificate required|bad certificate/,
    advice: (server) => `${server} wants a client certificate that it trusts: give --cert and --key`,
  },
  {
    words: /certificate|CERT_|self.signed|altname/i,
    advice: () =>
      'the certificate is not trusted: give its authority with --cacert, and use the name that it was made for',
  },
  {
    words:
      /wrong version number|EPROTO|SSL|TLS|Protocol error|ECONNRESET|socket hang up|Failed to connect|Connection dropped|closed/i,
    advice: (server, tls) =>
      tls
        ? `${server} hung up: does it speak TLS, and does it want a client certificate (--cert, --key)?`
        : `${server} hung up: is it a Reseq server over gRPC, and does it want TLS (--tls)?`,
  },
  {
    words: /no answer within/,
    advice: (server) => `something accepts connections on ${server} but does not answer: is it a gRPC server?`,
  },
];

const BY_ERROR: { readonly [Name in ErrorName]?: string } = {
  STALE_ATTEMPT: 'an earlier run has used this client id: continue it with its --state file, or leave --client-id out',
  SESSION_CONFLICT: 'this client id belongs to a sequence of another length: leave --client-id out for a new one',
  SESSION_TAKEN_OVER: 'another client has resumed this sequence',
  UNSUPPORTED_VERSION: 'the server speaks another version of the protocol',
};

export interface HintContext {
  /** As the user gave it. */
  readonly server: string;
  readonly tls: boolean;
  /** An OPENED has come: whatever went wrong, the address was right. */
  readonly isOpened: boolean;
  /** How long nothing had come from the server at the end, and how long it keeps a session, in milliseconds. */
  readonly silentMs?: number;
  readonly retentionMs?: number | undefined;
}

/** One sentence about why a run ended, or undefined when we know no better than the error itself. */
export function hintFor({ error, result }: ClientResult, context: HintContext): string | undefined {
  if (error === undefined) return undefined;
  if (result === 'incomplete') {
    return `the server has discarded the session: ${whyDiscarded(context)}`;
  }
  if (error.code === NO_CODE) return `${context.server} speaks gRPC but does not let us use reseq.v1.SequenceService`;
  const known = error.registryName === undefined ? undefined : BY_ERROR[error.registryName];
  return known ?? connectHint(error, context);
}

function whyDiscarded({ silentMs, retentionMs }: HintContext): string {
  if (silentMs !== undefined && retentionMs !== undefined && silentMs > retentionMs) {
    return `nothing came for ${duration(silentMs)}, and it keeps a session for ${duration(retentionMs)} after it notices a drop; start again for a new sequence`;
  }
  return 'we were away for too long, the server was restarted without its store, or the final message was lost';
}

/** One sentence about why a server that has never answered may not do so. */
export function connectHint({ code, detail }: ReseqError, { server, tls, isOpened }: HintContext): string | undefined {
  if (isOpened || code !== ERRORS.UNAVAILABLE.code) return undefined;
  return CLUES.find(({ words }) => words.test(detail))?.advice(server, tls);
}
