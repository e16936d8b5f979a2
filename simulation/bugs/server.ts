/** Servers with one wrong decision each. */
import type { ServerMessage } from '../../protocol/messages.ts';
import type { Effect, StoreOperation } from '../../reference-server/session.ts';
import type { Bug, ServerContext } from './plant.ts';

type Kind = ServerMessage['kind'];
type MessageOf<Name extends Kind> = Extract<ServerMessage, { kind: Name }>;

/** Changes what is sent, on the connections that `where` picks. */
function sending<Name extends Kind>(
  kind: Name,
  change: (message: MessageOf<Name>) => ServerMessage,
  where: (context: ServerContext) => boolean = () => true,
) {
  return (effects: readonly Effect[], context: ServerContext): readonly Effect[] =>
    effects.map((effect) => {
      if (effect.kind !== 'send' || effect.message.kind !== kind || !where(context)) return effect;
      return { kind: 'send', message: change(effect.message as MessageOf<Name>) };
    });
}

/** Changes the operations that go to the store. */
function asking(change: (operation: StoreOperation, context: ServerContext) => StoreOperation | undefined) {
  return (effects: readonly Effect[], context: ServerContext): readonly Effect[] =>
    effects.flatMap((effect): Effect[] => {
      if (effect.kind !== 'store') return [effect];
      const operation = change(effect.operation, context);
      return operation === undefined ? [] : [{ kind: 'store', operation }];
    });
}

function isResume({ wire }: ServerContext): boolean {
  return wire?.book.isResume === true;
}

/** A detaching becomes a deletion when `event` was the reason. */
function discardingOn(event: string) {
  return asking((operation, context) => {
    if (operation.kind !== 'renew' || context.event.kind !== event) return operation;
    const { atMs, clientId, seed, attempt } = operation;
    return { kind: 'finish', atMs, clientId, seed, attempt };
  });
}

export const SERVER_BUGS: readonly Bug[] = [
  {
    name: 'skips-an-item',
    does: 'a resumed connection leaves its first item out',
    breaks: 'RSQ-RES-1',
    plant: {
      serverEffects: (effects, context) =>
        effects.some((effect) => effect.kind === 'send' && effect.message.kind === 'opened') && isResume(context)
          ? effects.filter((effect) => effect.kind !== 'send' || effect.message.kind !== 'item')
          : effects,
    },
  },
  {
    name: 'values-drift',
    does: 'after a RESUME the values are those of the index before',
    breaks: 'RSQ-SFL-6',
    plant: {
      serverEffects: sending(
        'item',
        (item) => ({ ...item, value: typeof item.value === 'number' ? (item.value + 1) >>> 0 : item.value }),
        isResume,
      ),
    },
  },
  {
    name: 'wraps-at-16',
    does: 'stateless values wrap',
    breaks: 'RSQ-SLS-2',
    plant: {
      serverEffects: sending('item', (item) => ({
        ...item,
        value: typeof item.value === 'bigint' ? item.value % 1024n : item.value,
      })),
    },
  },
  {
    name: 'checksum-since-resume',
    does: 'the checksum covers the items of the last connection only',
    breaks: 'RSQ-SFL-5',
    plant: { serverEffects: sending('final', (final) => ({ ...final, checksum: new Uint8Array(32) }), isResume) },
  },
  {
    name: 'final-on-trust',
    does: 'a failed renewal before FINAL counts as one that succeeded',
    breaks: 'RSQ-FIN-6',
    example: '1-0-1-1-2-k-7ps-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-h-5f-0-0-k',
    plant: {
      serverEvent: (event, state) =>
        event.kind === 'store-failed' && state === 'sealing'
          ? { kind: 'renewed', atMs: event.atMs, ttlMs: 1, outcome: 'ok' }
          : event,
    },
  },
  {
    name: 'ignores-takeover',
    does: 'an older connection goes on',
    breaks: 'RSQ-ATT-8',
    example: '1-0-1-1-2-w-7ps-0-0-0-0-0-0-0-0-0-1-0-0-6-3t8-0-0-5m1-l-2eq-0-0-0-6-2ll-0-0-e0-b-0-0-0-dbf-6-2zl-0-0-tn',
    plant: {
      serverEvent: (event) => {
        if (event.kind === 'taken-over') return undefined;
        return event.kind === 'renewed' && event.outcome === 'superseded' ? { ...event, outcome: 'ok' } : event;
      },
    },
  },
  {
    name: 'ignores-loss',
    does: 'a connection goes on though its session is gone',
    breaks: 'RSQ-STO-5',
    plant: {
      serverEvent: (event) => {
        if (event.kind === 'discarded') return undefined;
        return event.kind === 'renewed' && event.outcome === 'missing' ? { ...event, outcome: 'ok' } : event;
      },
    },
  },
  {
    name: 'outlives-its-lease',
    does: 'without a store it goes on for ever, a failed renewal counts as one that succeeded',
    breaks: 'RSQ-STO-6',
    example: '1-0-2-1-8-2bc-7ps-0-0-1-0-1-0-0-0-0-0-0-0-h-15o-4-0-uv4',
    plant: {
      serverEvent: (event, state) =>
        event.kind === 'store-failed' && state === 'streaming'
          ? { kind: 'renewed', atMs: event.atMs, ttlMs: 36e5, outcome: 'ok' }
          : event,
    },
  },
  {
    name: 'lease-without-retention',
    does: 'while attached the record is kept for R only',
    breaks: 'RSQ-STO-3',
    plant: {
      serverEffects: asking((operation, { state }) =>
        operation.kind === 'renew' && state === 'streaming' ? { ...operation, ttlMs: 5_000 } : operation,
      ),
    },
  },
  {
    name: 'detaches-short',
    does: 'a dropped session is kept for 0.6 of the retention',
    breaks: 'RSQ-RET-2',
    example: '1-0-1-1-2-k-7ps-0-0-0-0-1-0-0-0-0-0-0-0-a-1-0-0-4mo',
    plant: {
      serverEffects: asking((operation, { event }) =>
        operation.kind === 'renew' && event.kind === 'dropped'
          ? { ...operation, ttlMs: 0.6 * operation.ttlMs }
          : operation,
      ),
    },
  },
  {
    name: 'detaches-long',
    does: 'a dropped session is kept for 1.3 times the retention',
    breaks: 'RSQ-RET-3',
    plant: {
      serverEffects: asking((operation, { event }) =>
        operation.kind === 'renew' && event.kind === 'dropped'
          ? { ...operation, ttlMs: 1.3 * operation.ttlMs }
          : operation,
      ),
    },
  },
  {
    name: 'discards-on-drop',
    does: 'a drop discards the session',
    breaks: 'RSQ-STO-4',
    plant: { serverEffects: discardingOn('dropped') },
  },
  {
    name: 'discards-on-drain',
    does: 'a shutdown discards the sessions',
    breaks: 'RSQ-RET-1',
    plant: { serverEffects: discardingOn('drain') },
  },
  {
    name: 'discards-before-final',
    does: 'the session is discarded, then FINAL is handed over',
    breaks: 'RSQ-FIN-4',
    plant: {
      serverEffects: (effects) => {
        const finish = effects.filter((effect) => effect.kind === 'store' && effect.operation.kind === 'finish');
        return finish.length === 0 ? effects : [...finish, ...effects.filter((effect) => !finish.includes(effect))];
      },
    },
  },
  {
    name: 'discards-despite-confirm',
    does: 'FINAL discards the session although confirm-final is granted',
    breaks: 'RSQ-CNF-1',
    plant: {
      serverEffects: asking((operation, { state, event, wire }) => {
        const isSealed = operation.kind === 'renew' && state === 'sealing' && event.kind === 'renewed';
        if (!isSealed || wire?.book.grantsConfirm !== true) return operation;
        const { atMs, clientId, seed, attempt } = operation;
        return { kind: 'finish', atMs, clientId, seed, attempt };
      }),
    },
  },
  {
    name: 'keeps-after-final',
    does: 'FINAL without confirm-final does not discard the session',
    breaks: 'RSQ-FIN-5',
    plant: {
      serverEffects: asking((operation, { state }) =>
        operation.kind === 'finish' && state === 'sealing' ? undefined : operation,
      ),
    },
  },
  {
    name: 'outage-is-not-found',
    does: 'a store that fails is told as SESSION_NOT_FOUND',
    breaks: 'RSQ-RES-6',
    plant: {
      serverEvent: (event, state) =>
        event.kind === 'store-failed' && state === 'finding'
          ? { kind: 'found', atMs: event.atMs, record: undefined }
          : event,
    },
  },
  {
    name: 'too-fast',
    does: 'items come at 0.8 intervals',
    breaks: 'RSQ-PAC-3',
    plant: {
      settings: (settings) => ({ ...settings, intervalMs: 0.8 * settings.intervalMs }),
      serverEffects: sending('opened', (opened) => ({ ...opened, intervalMs: opened.intervalMs / 0.8 })),
    },
  },
  {
    name: 'opened-twice',
    does: 'a resumed connection begins with two OPENED',
    breaks: 'RSQ-MSG-2',
    plant: {
      serverEffects: (effects, context) =>
        effects.flatMap((effect) =>
          effect.kind === 'send' && effect.message.kind === 'opened' && isResume(context) ? [effect, effect] : [effect],
        ),
    },
  },
  {
    name: 'abandons-what-it-attached',
    does: 'a session that is attached after its connection is gone is taken for its own for ever',
    breaks: 'RSQ-RET-3',
    example: '1-0-1-1-1-k-7ps-0-0-0-0-0-0-0-0-0-0-0-0-3-0-0-0-40b',
    plant: {
      serverEffects: asking((operation, { state }) =>
        operation.kind === 'renew' && state === 'abandoned' ? { ...operation, ttlMs: 36e5 } : operation,
      ),
    },
  },
];
