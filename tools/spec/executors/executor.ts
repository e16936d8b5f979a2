/**
 * What runs an example of the specification.
 */
import type { Example } from '../examples.ts';

/** Throws when the example is not true. */
export type Executor = (example: Example) => void;
