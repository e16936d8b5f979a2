/** Clients with one wrong decision each, and the checks that are there to find it. */

import { CONNECTION_BUGS } from './client-connections.ts';
import { RESULT_BUGS } from './client-results.ts';
import type { Declaration } from './declaration.ts';

const BUGS = { ...CONNECTION_BUGS, ...RESULT_BUGS };

export type ClientBug = keyof typeof BUGS;

export const CLIENT_BUGS: Readonly<Record<ClientBug, Declaration>> = BUGS;
