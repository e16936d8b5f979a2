/** What a model server with a wrong decision puts on the wire in place of the right thing: descriptions, streams, refusals. */

import type { Play } from '../peer/player.ts';
import type { Script, Step } from '../peer/script.ts';
import type { CallEnd } from '../peer/transport.ts';
import type { WireDescription, WireOpen, WireOpened } from '../peer/wire.ts';
import type { ServerBug } from './bugs/server.ts';

const DESCRIPTIONS: Partial<Readonly<Record<ServerBug, (right: WireDescription) => Partial<WireDescription>>>> = {
  'describe-lies': ({ intervalMs }) => ({ intervalMs: intervalMs / 2 }),
  'limits-not-declared': () => ({ maxCount: 0 }),
  'drop-detection-not-declared': () => ({ dropDetectionMs: 0 }),
  'drop-detection-of-20-s': () => ({ dropDetectionMs: 20_000 }),
  'lists-one-profile': () => ({ profiles: ['stateful'] }),
};

export function wrongDescription(right: WireDescription, bug: ServerBug | undefined): WireDescription {
  return { ...right, ...(bug === undefined ? {} : DESCRIPTIONS[bug]?.(right)) };
}

/** Fields of OPENED that are told otherwise than they are. */
const OPENED: Partial<Readonly<Record<ServerBug, (opened: WireOpened, request: WireOpen) => Partial<WireOpened>>>> = {
  'opened-says-0': () => ({ nextIndex: 0 }),
  'opened-says-attempt-1': () => ({ attempt: 1 }),
  'opened-without-n': () => ({ n: 0 }),
  'grants-unasked': (_, { kind }) =>
    kind === 'stateful-start' ? { extensions: ['confirm-final', 'prefix-checksum'] } : {},
  'grants-on-stateless': ({ profile }, { extensions }) => (profile === 'stateless' ? { extensions } : {}),
  'opened-says-other-interval': ({ intervalMs }) => ({ intervalMs: 1.25 * intervalMs }),
  'opened-says-other-retention': ({ retentionMs }) => ({ retentionMs: retentionMs / 2 }),
  'no-key-on-resume': (_, { kind }) => (kind === 'stateful-resume' ? { resumeKey: new Uint8Array() } : {}),
  'prefix-always': ({ prefix }) => ({ prefix: prefix ?? { count: 0, sha256: new Uint8Array(32) } }),
};

type Rewrite = (script: Script, play: Play, request: WireOpen) => Script;

const SCRIPTS: Partial<Readonly<Record<ServerBug, Rewrite>>> = {
  'opened-twice': ([opened, ...rest]) => (opened === undefined ? [] : [opened, opened, ...rest]),
  'first-item-late': (script, { intervalMs }) => afterOpened(script, { do: 'wait', ms: intervalMs }),
  'resumes-one-late': (script, _, request) => resumed(script, request, { do: 'skip', items: 1 }),
  'resumes-one-early': (script, _, request) => resumed(script, request, { do: 'skip', items: -1 }),
  'bursts-after-resume': (script, _, request) => resumed(script, request, { do: 'items', count: 3, paceMs: 0 }),
  'stays-open-after-final': (script, play) =>
    play.opened.profile === 'stateful' ? ending(script, { do: 'hold' }) : script,
  'error-after-final': (script, play) =>
    play.opened.profile === 'stateful' ? ending(script, { do: 'end', status: 'INTERNAL', code: 202 }) : script,
  'final-as-item': (script, { sequence, opened }) =>
    script.map((step) =>
      step.do === 'final' && opened.profile === 'stateful' ? { do: 'item', index: sequence.count - 1 } : step,
    ),
  'stateless-ends-with-error': (script, play) =>
    play.opened.profile === 'stateless'
      ? ending(script, { do: 'end', status: 'OUT_OF_RANGE', code: 104, detail: 'next_index: beyond the end' })
      : script,
};

function afterOpened([opened, ...rest]: Script, step: Step): Script {
  return opened === undefined ? [] : [opened, step, ...rest];
}

function resumed(script: Script, { kind }: WireOpen, step: Step): Script {
  return kind?.endsWith('resume') === true ? afterOpened(script, step) : script;
}

function ending(script: Script, last: Step): Script {
  return [...script.slice(0, -1), last];
}

/** The stream as this bug makes it, or as it is. */
export function wrongPlay(right: Play, request: WireOpen, bug: ServerBug | undefined): Play {
  if (bug === undefined) return right;
  const told = OPENED[bug]?.(right.opened, request);
  const script = right.script.map((step) =>
    step.do === 'opened' && told !== undefined ? { ...step, with: told } : step,
  );
  return { ...right, script: SCRIPTS[bug]?.(script, right, request) ?? script };
}

/** The refusal as this bug makes it, or as it is. */
export function wrongEnd(right: CallEnd, bug: ServerBug | undefined): CallEnd {
  const { status, code, detail = '' } = right;
  switch (bug) {
    case 'no-reseq-code':
      return { status, detail };
    case 'asks-for-retry':
      return code !== undefined && code < 200 ? { ...right, retryAfterMs: 500 } : right;
    case 'field-not-named':
      return { ...right, detail: detail.replace(/^\w+: /, '') };
    case 'expected-not-said':
      return { ...right, detail: detail.replace(/expected .*/, 'invalid') };
    case 'wrong-code':
      return code === 104 ? { ...right, status: 'INVALID_ARGUMENT', code: 100 } : right;
    default:
      return right;
  }
}
