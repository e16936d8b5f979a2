/** How much of what a check has looked at is wrong: whether one case or all of them fail is the first thing that its reader asks. */

/** A text of this form stays one line: so many names are listed of either kind. */
const LISTED = 8;

/** One thing that was looked at. */
export interface Piece {
  /** Absent when it has none that tells anything. */
  readonly name?: string | undefined;
  readonly isWrong: boolean;
}

/**
 * `3 of 8 streams: a, b, c; right: d, e`. Pieces of one name count together: a name with anything wrong is not among the right.
 * @param what names the pieces, in the plural
 * @returns undefined for a single piece, of which there is nothing to say
 */
export function extentOf(pieces: readonly Piece[], what: string): string | undefined {
  if (pieces.length < 2) return undefined;
  const wrong = pieces.filter(({ isWrong }) => isWrong);
  const head = `${wrong.length} of ${pieces.length} ${what}`;
  const names = namesOf(wrong);
  const right = namesOf(pieces).filter((name) => !names.includes(name));
  if (names.length === 0) return head;
  const place = wrong.length > names.length ? `, in ${names.length} ${names.length === 1 ? 'case' : 'cases'}` : '';
  return `${head}${place}: ${listed(names)}${right.length === 0 ? '' : `; right: ${listed(right)}`}`;
}

function namesOf(pieces: readonly Piece[]): string[] {
  return [...new Set(pieces.flatMap(({ name }) => name ?? []))];
}

function listed(names: readonly string[]): string {
  const rest = names.length - LISTED;
  return rest <= 1 ? names.join(', ') : `${names.slice(0, LISTED).join(', ')} and ${rest} more`;
}

/** Parts of a piece of evidence by which its case is found, the nearest first. */
const PARTS = ['trace', 'stream', 'taker', 'incarnation', 'streams', '0'] as const;

/**
 * The case that a piece of evidence is from, and the label of its stream; undefined when it has none.
 * Evidence is a trace, a stream, a look or an object that holds one of these.
 */
export function placeOf(piece: unknown): string | undefined {
  if (typeof piece !== 'object' || piece === null) return undefined;
  const fields = piece as Readonly<Record<string, unknown>>;
  if (typeof fields['caseId'] === 'string') return fields['caseId'];
  for (const part of PARTS) {
    const place = placeOf(fields[part]);
    if (place === undefined) continue;
    const { label } = fields;
    return part === 'trace' && typeof label === 'string' && label !== '' ? `${place}/${label}` : place;
  }
  return undefined;
}
