/** Random schedules of a server that hurts its connections in lawful and unlawful ways, drawn and made smaller by fast-check. */

import fc from 'fast-check';
import { OK, type Script, type Step } from '../../peer/script.ts';
import { type CaseToken, RandomCases, tokenText } from '../../random.ts';
import type { ClientRunContext, ClientScenario } from '../../scenario.ts';
import type { Trace } from '../../trace.ts';
import { driveClientCase, type Tempo } from './drive.ts';
import { RESET, SETTLE } from './drops.ts';

/** How a connection ends. */
const ENDS = {
  reset: [SETTLE, RESET],
  'half a message': [{ do: 'bytes', hex: '000000000f0a' }, SETTLE, RESET],
  'stream reset': [SETTLE, { do: 'reset-stream', http2Code: 8 }],
  unavailable: [{ do: 'end', status: 'UNAVAILABLE', code: 200 }],
  cancelled: [{ do: 'end', status: 'CANCELLED' }],
  internal: [{ do: 'end', status: 'INTERNAL', code: 202 }],
  ok: [OK],
  gap: [{ do: 'item', offset: 1 }, SETTLE, RESET],
} as const satisfies Readonly<Record<string, readonly Step[]>>;

type End = keyof typeof ENDS;

interface Connection {
  /** False: it ends before OPENED. */
  readonly opened: boolean;
  readonly items: number;
  /** The last of these items comes twice. */
  readonly again: boolean;
  readonly end: End;
}

interface Schedule {
  readonly profile: 'stateless' | 'stateful';
  readonly count: number;
  readonly connections: readonly Connection[];
}

const scheduleArbitrary: fc.Arbitrary<Schedule> = fc.record({
  profile: fc.constantFrom('stateless', 'stateful'),
  // Above all items of the connections below, so that the end is always to come.
  count: fc.integer({ min: 14, max: 30 }),
  connections: fc.array(
    fc.record({
      opened: fc.boolean(),
      items: fc.integer({ min: 0, max: 3 }),
      again: fc.boolean(),
      end: fc.constantFrom<End>(
        'reset',
        'half a message',
        'stream reset',
        'unavailable',
        'cancelled',
        'internal',
        'ok',
        'gap',
      ),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});

/** Each costs the start of a program. */
const SCHEDULES = 6;

const cases = new RandomCases(scheduleArbitrary, SCHEDULES, ({ connections, ...rest }) =>
  connections.length < 2
    ? []
    : connections.map((_, i) => ({ ...rest, connections: connections.filter((_connection, j) => j !== i) })),
);

function scriptOf({ opened, items, again, end }: Connection): Script {
  // A refusal has no message in front of it, and nothing but a status.
  if (!opened) return end === 'reset' ? [RESET] : [{ do: 'end', status: 'UNAVAILABLE', code: 200 }];
  const repeat: Script = again && items > 0 ? [{ do: 'item', offset: -1 }] : [];
  return [{ do: 'opened' }, { do: 'items', count: items }, ...repeat, ...ENDS[end]];
}

function textOf({ profile, count, connections }: Schedule): string {
  const each = connections.map(({ opened, items, again, end }) =>
    opened ? `${items} items${again && items > 0 ? ', the last one twice' : ''}, ${end}` : 'refused',
  );
  return `${profile}, n=${count}: ${each.join('; ')}`;
}

function driveSchedule(context: ClientRunContext, token: CaseToken, tempo: Tempo): Promise<Trace> {
  const schedule = cases.at(context.seed, token) ?? { profile: 'stateful', count: 1, connections: [] };
  const { profile, count, connections } = schedule;
  const id = `schedule-${[token.index, ...token.path].join('.')}`;
  const facts = { replay: tokenText(context.seed, token), schedule: textOf(schedule) };
  return driveClientCase(
    context,
    'client-schedules',
    { id, profile, count, script: { streams: connections.map(scriptOf) }, facts },
    tempo,
  );
}

export function schedules(tempo: Tempo): ClientScenario {
  return {
    side: 'client',
    id: 'client-schedules',
    title: `${SCHEDULES} random schedules of drops, faults and repeated items`,
    profiles: ['stateless', 'stateful'],
    estimateMs: () => 5_000 * tempo.scale,
    run: (context) => Promise.all(cases.tokens(context).map((token) => driveSchedule(context, token, tempo))),
    random: {
      smaller: (seed, token) => cases.smaller(seed, token),
      run: (context, token) => driveSchedule(context, token, tempo),
    },
  };
}
