/**
 * One run of a client program, its result held against the oracle of the suite, which shares no code with any of the
 * implementations.
 */
import { resultLineOf } from '../../conformance/checks/client/result.ts';
import { seedOfClientId } from '../../conformance/checks/server/incarnations.ts';
import { sequenceChecksum } from '../../conformance/oracle/checksum.ts';
import { exactSum } from '../../conformance/oracle/doubling.ts';
import { type ClientRun, clientArguments } from '../../conformance/target/client.ts';
import { Failure } from './check.ts';
import { type Finished, finish } from './programs.ts';

/** Drops cost a client waits of a second or two. */
const LIMIT_MS = 60_000;

/** @returns the connections that the client has begun @throws {Failure} with all that is wrong */
export async function receive(client: readonly string[], run: ClientRun): Promise<number> {
  const end = await finish([...client, ...clientArguments(run)], LIMIT_MS);
  const faults = faultsOf(run, end);
  if (faults.length > 0) throw new Failure(faults.join('; '), end.stdout + end.stderr);
  const line = resultLineOf(end.stdout);
  return typeof line === 'string' ? 0 : Number(line['reconnects']) + 1;
}

/** What is wrong with a run that has to be complete, on servers in the test mode of RSQ-SFL-7. */
export function faultsOf(run: ClientRun, { code, stdout }: Pick<Finished, 'code' | 'stdout'>): string[] {
  const line = resultLineOf(stdout);
  if (typeof line === 'string') return [`exit ${code}, ${line}`];
  const expected = { result: 'complete', profile: run.profile, count: run.count, received: run.count };
  const wanted = Object.entries({ ...expected, ...valuesOf(run, line) });
  const wrong = wanted
    .filter(([field, value]) => line[field] !== value)
    .map(([field, value]) => `${field}: expected ${JSON.stringify(value)}, got ${JSON.stringify(line[field])}`);
  const { reconnects } = line;
  const faults = Number.isInteger(reconnects) ? wrong : [...wrong, `reconnects: expected a number, got ${reconnects}`];
  return code === 0 ? faults : [`exit status: expected 0, got ${code}`, ...faults];
}

/** The fields of a result that tell of the values. */
function valuesOf(run: ClientRun, line: { readonly [field: string]: unknown }): Readonly<Record<string, unknown>> {
  if (run.profile === 'stateful') {
    const checksum = Buffer.from(sequenceChecksum(seedOfClientId(run.clientId ?? ''), run.count)).toString('hex');
    return { clientId: run.clientId, checksum, expectedChecksum: checksum };
  }
  const { a } = line;
  if (typeof a !== 'number' || !Number.isInteger(a) || a < 1 || a > 255) return { a: '1..255' };
  const ratio = run.ratio ?? 2;
  return { ratio, sum: String(exactSum(a, ratio, run.count)) };
}
