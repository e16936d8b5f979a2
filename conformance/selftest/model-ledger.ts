/** What the model client has accepted: values, position, sum, checksum, and the first OPENED. */

import { checksumOf } from '../oracle/checksum.ts';
import { exactValue } from '../oracle/doubling.ts';
import type { FinalView, ItemView, OpenedView, RequestView } from '../trace.ts';
import type { ClientBug } from './bugs/client.ts';
import type { ModelArguments } from './model-arguments.ts';

const FIXED_ID = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';

export type Judgement = 'accepted' | 'old' | 'fault' | 'mismatch' | 'complete';

export class ModelLedger {
  readonly clientId: string;
  readonly values: bigint[] = [];
  first: OpenedView | undefined;
  expectedChecksum: string | undefined;
  private readonly args: ModelArguments;
  private readonly bug: ClientBug | undefined;

  constructor(args: ModelArguments, bug: ClientBug | undefined) {
    this.args = args;
    this.bug = bug;
    const fresh = bug === 'fixed-client-id' ? FIXED_ID : crypto.randomUUID();
    this.clientId = (args.clientId ?? fresh).toLowerCase();
  }

  /** FINAL has been accepted. */
  get isComplete(): boolean {
    return this.expectedChecksum !== undefined;
  }

  get accepted(): number {
    return this.values.length;
  }

  request(attempt: number): RequestView {
    const { args, first, clientId } = this;
    const sequence = this.bug === 'starts-again' ? undefined : first?.sequence;
    const nextIndex = this.nextIndex();
    const wanted = [...(args.confirm ? ['confirm-final'] : []), ...(args.prefixChecksum ? ['prefix-checksum'] : [])];
    const common = {
      protocolVersion: this.bug === 'says-version-2' ? 2 : 1,
      extensions: args.profile === 'stateful' ? wanted : [],
    };
    if (args.profile === 'stateless') {
      if (sequence?.profile !== 'stateless') return { ...common, kind: 'stateless-start', ratio: args.ratio };
      const ratio = this.bug === 'resumes-with-ratio-2' ? 2 : sequence.ratio;
      return { ...common, kind: 'stateless-resume', a: sequence.a, ratio, nextIndex };
    }
    if (sequence?.profile !== 'stateful')
      return { ...common, kind: 'stateful-start', clientId, n: args.count, attempt };
    const resumeKey = this.bug === 'wrong-resume-key' ? '00'.repeat(16) : sequence.resumeKey;
    return { ...common, kind: 'stateful-resume', clientId, nextIndex, resumeKey, attempt };
  }

  private nextIndex(): number {
    if (this.bug === 'resumes-one-late') return this.accepted + 1;
    return this.bug === 'resumes-one-early' ? Math.max(0, this.accepted - 1) : this.accepted;
  }

  /** @returns what is wrong, or undefined */
  contradiction(opened: OpenedView, resumed: boolean): string | undefined {
    if (this.bug === 'trusts-opened') return undefined;
    const { sequence } = opened;
    const known = this.first?.sequence;
    if (opened.nextIndex !== (resumed ? this.nextIndex() : 0)) return 'next_index';
    if (sequence?.profile !== this.args.profile) return 'profile';
    if (this.bug === 'needs-an-interval' && opened.intervalMs === 0) return 'interval_ms';
    if (sequence.profile === 'stateless') {
      if (sequence.ratio !== this.args.ratio) return 'ratio';
      return known?.profile === 'stateless' && known.a !== sequence.a ? 'a' : undefined;
    }
    if (sequence.n !== this.args.count) return 'n';
    if (this.bug === 'insists-on-extensions' && !opened.extensions.includes('confirm-final')) return 'extensions';
    if (known?.profile === 'stateful' && known.resumeKey !== sequence.resumeKey) return 'resume_key';
    const prefix = sequence.prefixChecksum;
    return prefix !== undefined && prefix.sha256 !== this.checksum() ? 'prefix_checksum' : undefined;
  }

  take(message: ItemView | FinalView): Judgement {
    const expected = this.accepted;
    if (message.index < expected && this.bug !== 'accepts-duplicates') return 'old';
    if (message.index > expected && this.bug !== 'accepts-gaps') return 'fault';
    const last = this.args.count - 1;
    if (this.args.profile === 'stateful' && (message.kind === 'final') !== (message.index === last)) {
      return 'fault';
    }
    if (message.kind === 'final' && message.index === 0 && this.bug === 'final-at-0-is-a-fault') return 'fault';
    const value = numberOf(message);
    if (!this.valueFits(message.index, value)) return 'mismatch';
    this.values.push(value);
    if (message.kind === 'final') this.expectedChecksum = message.checksum;
    return this.accepted >= this.args.count || message.kind === 'final' ? 'complete' : 'accepted';
  }

  private valueFits(index: number, value: bigint): boolean {
    const sequence = this.first?.sequence;
    if (sequence?.profile !== 'stateless' || this.bug === 'trusts-values') return true;
    return value === exactValue(sequence.a, sequence.ratio, index);
  }

  checksum(): string {
    const known = this.bug === 'short-memory' ? this.values.slice(-512) : this.values;
    return Buffer.from(checksumOf(known.map(Number))).toString('hex');
  }

  sum(): string {
    if (this.bug === 'sums-in-doubles')
      return BigInt(this.values.reduce((sum, value) => sum + Number(value), 0)).toString();
    return this.values.reduce((sum, value) => sum + value, 0n).toString();
  }
}

function numberOf(message: ItemView | FinalView): bigint {
  if (message.kind === 'item' && message.bytes !== undefined) return BigInt(`0x${message.bytes}`);
  return BigInt(message.value);
}
