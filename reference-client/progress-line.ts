/**
 * The line of a run as a person reads it, in the columns that there are.
 */
import { cutTo, duration } from './words.ts';

/** What goes on besides items. */
export type Doing =
  | { readonly kind: 'served' }
  /** `before`: why the connection before was lost. */
  | { readonly kind: 'dialling'; readonly before?: string | undefined }
  | { readonly kind: 'waiting'; readonly dueMs: number; readonly reason: string }
  | { readonly kind: 'confirming' };

export interface View {
  readonly nowMs: number;
  readonly accepted: number;
  readonly count: number;
  readonly doing: Doing;
  /** Items per second, undefined while it is unknown. */
  readonly rate: number | undefined;
  /** Until the last item, undefined while it is unknown. */
  readonly leftMs: number | undefined;
  readonly reconnects: number;
  /** Dials since the server was there last. */
  readonly tries: number;
  /** How long nothing has come, undefined when that is not worth telling. */
  readonly silentMs: number | undefined;
  /** Stateful: how long the server keeps the session once it has noticed a drop. */
  readonly retentionMs: number | undefined;
}

export interface Line {
  readonly text: string;
  /** What is not as it should be; stands behind the text. */
  readonly trouble: string;
}

const GAP = '  ';

/** Leaves facts out when there is no room; what is wrong and when the next try is stays to the end. */
export function lineOf(view: View, room: number): Line {
  const trouble = troubleOf(view);
  const texts = factsOf(view).map((facts) => facts.filter((fact) => fact !== '').join(GAP));
  const roomFor = (text: string): number => room - text.length - GAP.length;
  const text = texts.find((one) => (trouble === '' ? one.length <= room : trouble.length <= roomFor(one)));
  const shown = cutTo(room, text ?? texts.at(-1) ?? '');
  return { text: shown, trouble: cutTo(Math.max(0, roomFor(shown)), trouble) };
}

/** The facts to show, from all of them to the fewest. */
function factsOf(view: View): readonly (readonly string[])[] {
  const count = `${view.accepted}/${view.count}`;
  const isAway = view.doing.kind === 'dialling' || view.doing.kind === 'waiting';
  const connections = isAway ? triesText(view) : reconnectsText(view);
  const silences = silenceTexts(view);
  if (isAway || view.doing.kind === 'confirming' || silences.length > 0) {
    return [...silences, ''].flatMap((silence) => [
      [count, connections, silence],
      [count, silence],
    ]);
  }
  const rate = rateText(view);
  const left = view.leftMs === undefined ? '' : `${duration(view.leftMs)} left`;
  return [[count, rate, connections, left], [count, rate, left], [count, left], [count]];
}

function troubleOf({ doing, nowMs }: View): string {
  switch (doing.kind) {
    case 'served':
      return '';
    case 'dialling':
      return doing.before === undefined ? 'connecting' : `connecting (before: ${doing.before})`;
    case 'waiting': {
      // Rounded up: at the end of `1 s` comes the try.
      const waitSeconds = Math.ceil((doing.dueMs - nowMs) / 1_000);
      return `next try ${waitSeconds < 1 ? 'now' : `in ${duration(waitSeconds * 1_000)}`}: ${doing.reason}`;
    }
    case 'confirming':
      return 'all received, telling the server';
  }
}

function rateText({ rate }: View): string {
  return rate === undefined ? '' : `${rate.toFixed(rate < 10 ? 2 : 0)}/s`;
}

function reconnectsText({ reconnects }: View): string {
  return reconnects === 0 ? '' : `${reconnects} reconnect${reconnects === 1 ? '' : 's'}`;
}

/** The first one goes without saying. */
function triesText({ tries }: View): string {
  return tries < 2 ? '' : `${tries} tries`;
}

/** From the longest to the shortest; none while items come. */
function silenceTexts({ silentMs, retentionMs }: View): readonly string[] {
  if (silentMs === undefined) return [];
  const silence = `nothing for ${duration(silentMs)}`;
  if (retentionMs === undefined) return [silence];
  const kept = `kept for ${duration(retentionMs)}`;
  // The server may notice late, so that a session lives longer than this since we heard of it; never shorter.
  return silentMs > retentionMs
    ? [`${silence}: the session may have expired (${kept})`, `${silence}: expired?`, silence]
    : [`${silence} (session ${kept} after the server notices)`, silence];
}
