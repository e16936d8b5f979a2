/**
 * Numbers that the specification fixes. Spec: core.md, "Limits", "Pacing", "Liveness", "Back-off".
 */

/** Wire version spoken here. */
export const PROTOCOL_VERSION = 1;
/** Version of the specification that this code follows. */
export const SPEC_VERSION = '1.0.0';

/** Largest n of a stateful sequence and number of items of a stateless one. */
export const MAX_COUNT = 65_535;
export const MIN_A = 1;
export const MAX_A = 255;
export const MAX_UINT32 = 0xffff_ffff;

export const CLIENT_ID_BYTES = 16;
export const RESUME_KEY_BYTES = 16;
export const CHECKSUM_BYTES = 32;

/** Largest interval_ms, retention_ms and drop_detection_ms; also the longest wait of a timer of Node. */
export const MAX_DURATION_MS = 0x7fff_ffff;
export const DEFAULT_INTERVAL_MS = 1_000;
export const DEFAULT_RETENTION_MS = 30_000;
/** Declared bound for noticing a dead connection: keepalive time + timeout. */
export const DEFAULT_DROP_DETECTION_MS = 10_000;
export const KEEPALIVE_TIME_MS = 5_000;
export const KEEPALIVE_TIMEOUT_MS = 5_000;

/** No gap between two items of a connection is shorter than this part of the interval. */
export const PACING_MIN_GAP = 0.9;
/** The first gap of a connection is longer by a random part of the interval up to this. */
export const PACING_DITHER = 0.1;

/** Liveness: a client gives a silent connection up after max(3 intervals, this). */
export const LIVENESS_MIN_MS = 5_000;
export const LIVENESS_INTERVALS = 3;

export const BACKOFF_BASE_MS = 250;
export const BACKOFF_CAP_MS = 5_000;
/** A larger retry_after_ms counts as this. */
export const RETRY_AFTER_CAP_MS = 60_000;

export const LEASE_RENEW_MIN_MS = 1_000;
export const LEASE_RENEW_MAX_MS = 5_000;

export const MAX_REQUEST_BYTES = 4_096;
export const MAX_RESPONSE_BYTES = 16_384;
export const MAX_EXTENSIONS = 16;
export const MAX_EXTENSION_LENGTH = 64;
