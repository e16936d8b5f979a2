/** The end of a gRPC call as its trailers tell it. Spec: bindings/grpc.md, errors.md. */

import type http2 from 'node:http2';
import type { StatusView } from '../trace.ts';

const STATUS_NAMES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

export function statusOf(trailers: http2.IncomingHttpHeaders): StatusView {
  const number = Number(trailers['grpc-status']);
  const code = numberOf(trailers['reseq-code']);
  const retryAfterMs = numberOf(trailers['reseq-retry-after-ms']);
  return {
    grpc: STATUS_NAMES[number] ?? `status ${String(trailers['grpc-status'])}`,
    detail: percentDecode(String(trailers['grpc-message'] ?? '')),
    ...(code === undefined ? {} : { code }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

function numberOf(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}

function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
