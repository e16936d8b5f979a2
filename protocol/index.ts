/**
 * What programs may use of the protocol as pure code: messages, errors, limits and the arithmetic
 * that both ends share. Spec: core.md.
 */
export * from './checksum.ts';
export * from './client-id.ts';
export type { Alarm, Clock } from './clock.ts';
export * from './doubling.ts';
export * from './errors.ts';
export * from './limits.ts';
export * from './messages.ts';
export * from './pcg32.ts';
export type { Random } from './random.ts';
export * from './resume-key.ts';
