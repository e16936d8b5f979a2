/** Randomness as it is injected. */
export interface Random {
  /** Uniform in [0, 1). For jitter and dither, never for secrets. */
  uniform(): number;
  /** Bytes from a cryptographically strong source (in tests: from a seed). */
  bytes(count: number): Uint8Array;
}
