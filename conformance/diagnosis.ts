/**
 * What lies behind a failure that shows somewhere else: a server that resumes at a wrong index fails checks of takeovers and of
 * confirmations too, and its author is to read there what is wrong. Mistakes of numbers are in oracle/mistakes.ts.
 */

import { type Stream, streamsOf } from './streams.ts';
import type { Trace } from './trace.ts';

/** What is wrong with the streams of a case, in the words of the specification; undefined when nothing of this kind is. */
export function diagnose(trace: Trace): string | undefined {
  return streamsOf(trace)
    .map(beginsElsewhere)
    .find((text) => text !== undefined);
}

function beginsElsewhere({ opened, values, conn, request }: Stream): string | undefined {
  const [first] = values;
  if (opened === undefined || first === undefined) return undefined;
  const asked = 'nextIndex' in request ? request.nextIndex : 0;
  const wants = opened.nextIndex;
  if (first.index === wants && wants === asked) return undefined;
  const where = `on connection #${conn} the client asked for index ${asked}, OPENED says next_index ${wants}, and the first item has index ${first.index}`;
  if (first.index === asked + 1)
    return `${where}: next_index is the first index that the client lacks, not the last it has`;
  if (first.index === asked - 1)
    return `${where}: the item before next_index was received already and is not sent again`;
  return asked > 0 && first.index === 0 ? `${where}: the sequence begins anew instead of going on` : where;
}
