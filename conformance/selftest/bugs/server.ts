/** Servers with one wrong decision each, and the checks that are there to find it. */

import type { Declaration } from './declaration.ts';
import { NUMBER_BUGS } from './server-numbers.ts';
import { REQUEST_BUGS } from './server-requests.ts';
import { SESSION_BUGS } from './server-sessions.ts';
import { TIME_BUGS } from './server-times.ts';
import { WIRE_BUGS } from './server-wire.ts';

const BUGS = { ...SESSION_BUGS, ...NUMBER_BUGS, ...WIRE_BUGS, ...REQUEST_BUGS, ...TIME_BUGS };

export type ServerBug = keyof typeof BUGS;

export const SERVER_BUGS: Readonly<Record<ServerBug, Declaration>> = BUGS;
