/**
 * The conformance suite against the reference server: what it takes beyond the retention, which it has to wait for.
 */
import { spawnSync } from 'node:child_process';
import { ROOT } from '../measure/child.ts';
import type { PartReport, Settings } from '../report/model.ts';

const RETENTION_S = 30;
const QUICK_RETENTION_S = 3;
const GOAL_S = 3;

export async function benchSuite(settings: Settings): Promise<PartReport> {
  const retentionS = settings.isQuick ? QUICK_RETENTION_S : RETENTION_S;
  const pace = settings.isQuick ? ' --interval 100ms --retention 3s' : '';
  const server = `${process.execPath} --import tsx bin/reseq.ts server --port {port}${pace}`;
  const words = ['--import', 'tsx', 'bin/reseq.ts', 'conformance', '--server-cmd', server];
  const { stdout, status } = spawnSync(process.execPath, words, {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  const seconds = Number(/; ([0-9.]+) s, seed/.exec(stdout)?.[1] ?? Number.NaN);
  if (status !== 0 || Number.isNaN(seconds)) throw new Error(`conformance: exit ${status}: ${stdout.slice(-500)}`);
  settings.note(`suite: ${seconds} s`);
  return {
    part: 'suite',
    title: 'A run of the conformance suite',
    bars: [
      {
        title: 'time of the run',
        unit: 's',
        reference: 'retention',
        subjects: [
          { name: 'retention', values: [retentionS] },
          { name: 'run', values: [seconds] },
        ],
      },
    ],
    curves: [],
    goals: settings.isQuick
      ? []
      : [{ what: 'conformance run beyond the retention', value: seconds - retentionS, limit: GOAL_S, unit: 's' }],
    notes: [],
  };
}
