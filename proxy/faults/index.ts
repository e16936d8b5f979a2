/** All kinds of faults. Names and meanings are toxiproxy's where it has them. */
import type { FaultKind } from '../fault.ts';
import { bandwidth } from './bandwidth.ts';
import { latency } from './latency.ts';
import { limitData } from './limit-data.ts';
import { refuse } from './refuse.ts';
import { resetPeer } from './reset-peer.ts';
import { slicer } from './slicer.ts';
import { slowClose } from './slow-close.ts';
import { timeout } from './timeout.ts';

export const FAULT_KINDS: readonly FaultKind[] = [
  latency,
  bandwidth,
  slicer,
  limitData,
  resetPeer,
  timeout,
  slowClose,
  refuse,
];
