/** Clients with one wrong decision each. */
import { refusal } from '../../protocol/errors.ts';
import type { SequenceRequest } from '../../protocol/messages.ts';
import type { ClientEffect } from '../../reference-client/events.ts';
import type { Bug, ClientContext } from './plant.ts';

/** Changes the request of each dial. */
function asking(change: (request: SequenceRequest, context: ClientContext) => SequenceRequest) {
  return (effects: ClientEffect[], context: ClientContext): ClientEffect[] =>
    effects.map((effect) => {
      if (effect.kind !== 'dial') return effect;
      return { ...effect, open: { ...effect.open, request: change(effect.open.request, context) } };
    });
}

function resumingAt(offset: number) {
  return asking((request) =>
    request.kind === 'stateful-resume' ? { ...request, nextIndex: Math.max(0, request.nextIndex + offset) } : request,
  );
}

/** Sets the alarm of `state` differently. */
function ringing(
  where: (context: ClientContext) => boolean,
  change: (atMs: number, now: number) => number | undefined,
) {
  return (effects: ClientEffect[], context: ClientContext): ClientEffect[] =>
    effects.map((effect) => {
      if (effect.kind !== 'alarm' || effect.atMs === undefined || !where(context)) return effect;
      return { kind: 'alarm', atMs: change(effect.atMs, context.now) };
    });
}

function isOf(effect: ClientEffect, record: string): boolean {
  return effect.kind === 'persist' && effect.record.kind === record;
}

const isStreaming = ({ run }: ClientContext): boolean => run.state === 'streaming';
const isWaiting = ({ run }: ClientContext): boolean => run.state === 'waiting';

export const CLIENT_BUGS: readonly Bug[] = [
  {
    name: 'resumes-one-late',
    does: 'next_index is one too high',
    breaks: 'RSQ-RES-5',
    plant: { clientEffects: resumingAt(1) },
  },
  {
    name: 'resumes-one-early',
    does: 'next_index is the last index received',
    breaks: 'RSQ-RES-5',
    plant: { clientEffects: resumingAt(-1) },
  },
  {
    name: 'starts-again',
    does: 'sends START after a drop',
    breaks: 'RSQ-OPN-5',
    plant: {
      clientEffects: asking((request, { run }) => {
        if (request.kind !== 'stateful-resume') return request;
        const { clientId, attempt } = request;
        return { kind: 'stateful-start', clientId, attempt, n: run.node.book.n };
      }),
    },
  },
  {
    name: 'attempt-never-rises',
    does: 'each request carries attempt 1',
    breaks: 'RSQ-ATT-1',
    plant: { clientEffects: asking((request) => ('attempt' in request ? { ...request, attempt: 1 } : request)) },
  },
  {
    name: 'attempt-not-on-record',
    does: 'a program that is started again repeats attempts',
    breaks: 'RSQ-ATT-1',
    example: '1-0-1-1-2-k-7ps-0-0-0-0-0-0-0-0-0-0-0-0-e-5f-0-0-0-0-0-0-0-0',
    plant: {
      clientEffects: (effects, { run }) => {
        for (const effect of effects) if (isOf(effect, 'attempt')) run.journal.attempt = 0;
        return effects.map((effect) =>
          effect.kind === 'persist' && effect.record.kind === 'attempt' && effect.record.attempt > 1
            ? { kind: 'notify', notice: { kind: 'confirming' } }
            : effect,
        );
      },
    },
  },
  {
    name: 'hands-out-before-record',
    does: 'an item is handed out, then put on record',
    breaks: 'RSQ-RES-5',
    example: '1-0-1-1-1-k-7ps-0-0-0-0-1-0-0-0-0-0-0-0-c-0-0-4-0',
    plant: {
      clientEffects: (effects) => {
        const items = effects.filter((effect) => effect.kind === 'deliver');
        return items.length === 0 ? effects : [...items, ...effects.filter((effect) => effect.kind !== 'deliver')];
      },
    },
  },
  {
    name: 'hands-out-twice',
    does: 'the first item of a resumed connection is handed out twice',
    breaks: 'RSQ-MSG-7',
    plant: {
      clientEffects: (effects, { run }) =>
        run.node.book.dials < 2
          ? effects
          : effects.flatMap((effect): ClientEffect[] => (effect.kind === 'deliver' ? [effect, effect] : [effect])),
    },
  },
  {
    name: 'no-back-off',
    does: 'dials again at once',
    breaks: 'RSQ-BAK-2',
    plant: { clientEffects: ringing(isWaiting, (_atMs, now) => now) },
  },
  {
    name: 'back-off-not-bounded',
    does: 'waits twice as long as it may',
    breaks: 'RSQ-BAK-2',
    plant: { clientEffects: ringing(isWaiting, (atMs, now) => now + 4 * (atMs - now)) },
  },
  {
    name: 'deaf-to-wishes',
    does: 'retry_after_ms is ignored',
    breaks: 'RSQ-BAK-4',
    plant: {
      clientEvent: (event) =>
        event.kind === 'ended' && event.error.retryable
          ? { ...event, error: refusal('UNAVAILABLE', event.error.detail) }
          : event,
    },
  },
  {
    name: 'never-notices-silence',
    does: 'a silent connection is kept',
    breaks: 'RSQ-LIV-1',
    plant: { clientEffects: ringing(isStreaming, () => undefined) },
  },
  {
    name: 'impatient',
    does: 'silence of 4 s ends a connection',
    breaks: 'RSQ-LIV-1',
    plant: { clientEffects: ringing(isStreaming, (_atMs, now) => now + 4_000) },
  },
  {
    name: 'end-means-complete',
    does: 'a stream that ends is taken as complete',
    breaks: 'RSQ-FIN-7',
    plant: {
      clientEffects: (effects, { event }) =>
        event.kind === 'ended' ? [{ kind: 'hang-up' }, { kind: 'finish', outcome: { result: 'complete' } }] : effects,
    },
  },
  {
    name: 'gives-up-at-once',
    does: 'the first drop is the end',
    breaks: 'RSQ-BAK-1',
    plant: {
      clientEffects: (effects, { event }) =>
        event.kind === 'ended'
          ? [{ kind: 'hang-up' }, { kind: 'finish', outcome: { result: 'unreachable' } }]
          : effects,
    },
  },
  {
    name: 'never-takes-no',
    does: 'SESSION_NOT_FOUND is taken as retryable',
    breaks: 'RSQ-FIN-8',
    plant: {
      clientEvent: (event) =>
        event.kind === 'ended' && !event.error.retryable
          ? { ...event, error: refusal('UNAVAILABLE', event.error.detail) }
          : event,
    },
  },
  {
    name: 'two-connections',
    does: 'dials without closing the connection before',
    breaks: 'RSQ-ROL-3',
    plant: { clientEffects: (effects) => effects.filter(({ kind }) => kind !== 'hang-up') },
  },
  {
    name: 'confirms-before-record',
    does: 'CONFIRM leaves before FINAL is on record',
    breaks: 'RSQ-CNF-5',
    example: '1-0-1-1-1-k-7ps-0-1-1-0-1-0-0-0-0-0-0-0-c-0-0-4-0',
    plant: {
      clientEffects: (effects) => {
        const confirms = effects.filter(({ kind }) => kind === 'confirm');
        return confirms.length === 0 ? effects : [...confirms, ...effects.filter(({ kind }) => kind !== 'confirm')];
      },
    },
  },
  {
    name: 'confirms-early',
    does: 'CONFIRM is sent with the last but one item',
    breaks: 'RSQ-CNF-5',
    plant: {
      clientEffects: (effects, { event, run }) => {
        const { learnt } = run.journal;
        if (event.kind !== 'item' || learnt?.profile !== 'stateful') return effects;
        const { clientId, attempt } = run.node.book;
        const confirm = { clientId, attempt, resumeKey: learnt.resumeKey };
        return [...effects, { kind: 'confirm', connection: event.connection, confirm }];
      },
    },
  },
];
