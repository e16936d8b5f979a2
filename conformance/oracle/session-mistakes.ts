/**
 * Known mistakes of sessions, each told from figures that a run has gathered: when a session was there or gone, which attempts were
 * served, at which index streams began. Spec: state.md; core.md section 5.
 */

/** What is likely wrong, and the figures that it is seen by. */
export interface Diagnosis {
  /** The same for every failure of one cause. */
  readonly cause: string;
  readonly figures: string;
}

/** A detached session that was asked for again: how long after what, in milliseconds. */
export interface Probe {
  readonly sinceStartMs: number;
  readonly sinceAttachMs: number;
  readonly sinceDropMs: number;
  readonly isThere: boolean;
}

const ORIGINS = [
  { name: 'the last drop', age: (probe: Probe) => probe.sinceDropMs },
  { name: 'the last attach', age: (probe: Probe) => probe.sinceAttachMs },
  { name: 'START', age: (probe: Probe) => probe.sinceStartMs },
] as const;
type Origin = (typeof ORIGINS)[number];

/** How far from the end of the retention a peer may probe. Spec: state.md, RSQ-RET-2 and 3. */
const BEFORE_MS = 500;
const AFTER_MS = 1_000;

/** Of the ages at which sessions were there or gone: the highest and the lowest. */
function bounds(probes: readonly Probe[], { age }: Origin): { thereMs: number; goneMs: number } {
  const ages = (isThere: boolean) => probes.filter((probe) => probe.isThere === isThere).map(age);
  return { thereMs: Math.max(0, ...ages(true)), goneMs: Math.min(Number.POSITIVE_INFINITY, ...ages(false)) };
}

/** What the retention runs from, or how long it is, where that is not what was declared; undefined when nothing fits. */
export function diagnoseRetention(probes: readonly Probe[], retentionMs: number): Diagnosis | undefined {
  const tried = ORIGINS.map((origin) => ({ origin, ...bounds(probes, origin) })).filter(
    ({ thereMs, goneMs }) => thereMs < goneMs,
  );
  const right = tried.filter(
    ({ thereMs, goneMs }) => thereMs < retentionMs + AFTER_MS && goneMs > retentionMs - BEFORE_MS,
  );
  const [first] = right;
  const [drop] = tried;
  const declared = `${seconds(retentionMs)} s`;
  if (first !== undefined) {
    if (first.origin === ORIGINS[0]) return undefined;
    const names = right.map(({ origin }) => origin.name).join(' or ');
    return {
      cause: `the retention seems to run from ${names} and not from the drop`,
      figures: ages(probes, first.origin),
    };
  }
  if (drop?.origin !== ORIGINS[0]) return undefined;
  const { thereMs, goneMs } = drop;
  const cause =
    goneMs <= retentionMs
      ? `a detached session is kept for less than the retention: between ${seconds(thereMs)} and ${seconds(goneMs)} s instead of ${declared}`
      : `a detached session outlives the retention: still there ${seconds(thereMs)} s after the drop instead of ${declared}`;
  return { cause, figures: ages(probes, drop.origin) };
}

/** A request for a session that is there, or was: which resume key its answer carried. */
export interface Answered {
  readonly kind: 'START' | 'RESUME';
  readonly isOther: boolean;
}

/** Requests that belong to a session and were answered with another one. */
export function diagnoseReborn(answers: readonly Answered[]): Diagnosis | undefined {
  const wrong = (['START', 'RESUME'] as const).flatMap((kind) => {
    const all = answers.filter((answer) => answer.kind === kind);
    const other = all.filter(({ isOther }) => isOther);
    return other.length === 0 ? [] : [{ kind, other, all }];
  });
  const [first] = wrong;
  if (first === undefined) return undefined;
  const what = first.kind === 'START' ? 'a START for a session that exists' : 'a RESUME';
  return {
    cause: `${what} begins a new session`,
    figures: wrong
      .map(({ kind, other, all }) => `${other.length} of ${all.length} answers to ${kind} carry another resume key`)
      .join(', '),
  };
}

const LISTED = 6;

function ages(probes: readonly Probe[], { name, age }: Origin): string {
  const drop = ORIGINS[0].age;
  const told = (isThere: boolean): string => {
    const some = probes.filter((probe) => probe.isThere === isThere).sort((a, b) => age(a) - age(b));
    if (some.length === 0) return `never in ${probes.length} probes`;
    const shown = isThere ? some.slice(-LISTED) : some.slice(0, LISTED);
    const times = shown.map((probe) => seconds(age(probe))).join(', ');
    const besides =
      age === drop ? '' : ` (${shown.map((probe) => seconds(drop(probe))).join(', ')} s after the last drop)`;
    return `${times} s after ${name}${besides}`;
  };
  return `seen gone ${told(false)}; seen there ${told(true)}`;
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(2);
}

/** A request with an attempt of its own for a session that has one stored. */
export interface AttemptSeen {
  readonly kind: 'START' | 'RESUME';
  readonly given: number;
  readonly stored: number;
  readonly isServed: boolean;
}

/** Which given attempts are not compared with the stored one; undefined when all are. */
export function diagnoseAttempts(seen: readonly AttemptSeen[]): Diagnosis | undefined {
  const old = seen.filter(({ given, stored }) => given <= stored);
  const served = old.filter(({ isServed }) => isServed);
  if (served.length === 0) return undefined;
  const refused = old.filter(({ isServed }) => !isServed);
  const only = (fits: (one: AttemptSeen) => boolean): boolean => served.every(fits) && !refused.some(fits);
  const cause =
    refused.length === 0
      ? 'a given attempt is not compared with the stored one'
      : only(({ given, stored }) => given === stored)
        ? 'an attempt that equals the stored one is served'
        : only(({ kind }) => kind === 'START')
          ? 'the attempt of a START is not compared with the stored one'
          : only(({ kind }) => kind === 'RESUME')
            ? 'the attempt of a RESUME is not compared with the stored one'
            : 'some given attempts are not compared with the stored one';
  const shown = [...new Set(served.map(({ kind, given, stored }) => `${given} when ${stored} was stored (${kind})`))];
  const rest = shown.length > LISTED ? ` and ${shown.length - LISTED} more` : '';
  const figures = `${served.length} of ${old.length} requests with an old attempt were served: ${shown.slice(0, LISTED).join(', ')}${rest}`;
  return { cause, figures };
}

/** The first item of a stream, beside what was asked for. */
export interface Begin {
  readonly kind: 'START' | 'RESUME';
  readonly asked: number;
  readonly first: number;
}

/** What streams that begin at a wrong index have in common; undefined when all begin where they have to. */
export function diagnoseBegins(begins: readonly Begin[]): Diagnosis | undefined {
  const isWrong = ({ asked, first }: Begin): boolean => asked !== first;
  const wrong = begins.filter(isWrong);
  if (wrong.length === 0) return undefined;
  const of = (kind: Begin['kind']): string => {
    const all = begins.filter((begin) => begin.kind === kind);
    return `${all.filter(isWrong).length} of ${all.length} ${kind}s`;
  };
  const cause = wrong.every(({ asked, first }) => first === asked + 1)
    ? 'streams begin at the item after next_index, which is the first index that the client lacks, not the last it has'
    : wrong.every(({ asked, first }) => first === asked - 1)
      ? 'streams begin at the item before next_index, which was received already and is not sent again'
      : wrong.every(({ asked, first }) => asked > 0 && first === 0)
        ? 'the sequence begins anew instead of going on at next_index'
        : 'streams do not begin at next_index';
  return { cause, figures: `wrong in ${of('RESUME')} and ${of('START')}` };
}

/** A RESUME of a session whose FINAL was sent without confirm-final. */
export interface AfterFinal {
  readonly sinceFinalMs: number;
  readonly isThere: boolean;
}

/** How long sessions were seen there that had to be gone; undefined when none was. */
export function diagnoseKept(probes: readonly AfterFinal[]): Diagnosis | undefined {
  const there = probes.filter(({ isThere }) => isThere).map(({ sinceFinalMs }) => sinceFinalMs);
  if (there.length === 0) return undefined;
  const gone = probes.filter(({ isThere, sinceFinalMs }) => !isThere && sinceFinalMs > Math.min(...there));
  const end =
    gone.length === 0 ? 'not once seen gone' : `gone ${since(gone.map(({ sinceFinalMs }) => sinceFinalMs))} after it`;
  return {
    cause: 'a session is kept after FINAL although confirm-final was not granted on that connection',
    figures: `${there.length} of ${probes.length} RESUMEs served, still there ${since(there)} after FINAL, ${end}`,
  };
}

function since(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const shown = sorted.length <= LISTED ? sorted : [...sorted.slice(0, LISTED - 1), ...sorted.slice(-1)];
  return `${shown.map((ms) => Math.round(ms)).join(', ')} ms`;
}
