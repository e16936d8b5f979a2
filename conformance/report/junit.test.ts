import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { validateXML } from 'xmllint-wasm';
import { HOSTILE, REQUIREMENTS, reportOf, resultOf } from '../testing/report-parts.ts';
import { blocked, failed, info, pass, unsupported } from '../verdict.ts';
import { junitReport } from './junit.ts';
import type { Report } from './records.ts';

const SCHEMA = readFileSync(new URL('../schema/junit.xsd', import.meta.url), 'utf8');
const BROKEN = resultOf('bad', ['RSQ-A-2', 'RSQ-A-1'], failed(HOSTILE, { expected: 'index 1', actual: HOSTILE }));
const ALL = [
  resultOf('good', ['RSQ-A-1'], pass('14 streams')),
  BROKEN,
  resultOf('long', [], failed('x'.repeat(3_000_000))),
  resultOf('stuck', ['RSQ-A-1'], blocked('no trace')),
  resultOf('not-here', ['RSQ-A-2'], unsupported('no')),
  resultOf('measured', [], info('12 ms')),
  resultOf('known', [], { ...failed('as ever'), verdict: 'KNOWN' }),
  resultOf('stale', [], { ...pass('well'), verdict: 'STALE' }),
  resultOf('slack', ['RSQ-A-3'], { ...failed('late'), verdict: 'WARN' }),
];

const xmlOf = (report: Report, strict = false): string => junitReport(report, REQUIREMENTS, strict);

async function faults(xml: string): Promise<string[]> {
  const file = { fileName: 'junit.xml', contents: xml };
  const { errors } = await validateXML({ xml: [file], schema: [SCHEMA] });
  return errors.map(({ message }) => message);
}

describe('JUnit report', () => {
  it('is valid by the schema, whatever an implementation has sent', async () => {
    expect(await faults(xmlOf(reportOf(ALL, { truncated: true, notes: [HOSTILE] })))).to.deep.equal([]);
  });

  it('is looked at by a validator that finds faults', async () => {
    const xml = xmlOf(reportOf(ALL));
    expect(await faults(xml.replace('classname=', 'class='))).to.have.length.above(0);
    expect(await faults(xml.replace('tests="9"', 'tests="many"'))).to.have.length.above(0);
  });

  it('tells failures, errors and skips apart', () => {
    const xml = xmlOf(reportOf(ALL));
    expect(xml).to.include('tests="9" failures="3" errors="1" time="35.600">');
    expect(xml).to.include('failures="3" errors="1" skipped="2" time=');
    expect(xml).to.match(/name="stuck \(RSQ-A-1\)">\n<error message="BLOCKED: no trace"/);
    expect(xml).to.match(/name="known">\n<skipped message="KNOWN: as ever"/);
    expect(xml).to.match(/name="stale">\n<failure message="STALE: well"/);
    expect(xml).to.match(/name="slack \(RSQ-A-3\)">\n<system-out>WARN: late/);
  });

  it('makes a failure of a SHOULD that is not followed in a strict run', () => {
    expect(xmlOf(reportOf(ALL), true)).to.match(/name="slack \(RSQ-A-3\)">\n<failure message="WARN: late"/);
  });

  it('names check, requirements, sentence and the command that shows it again', () => {
    const xml = xmlOf(reportOf([BROKEN]));
    expect(xml).to.include('classname="conformance.server.fan" name="bad (RSQ-A-2, RSQ-A-1)"');
    expect(xml).to.include('RSQ-A-2  A server MUST do RSQ-A-2.');
    expect(xml).to.include('reproduce: npm run conformance -- --server localhost:9000 --only bad --replay 2a');
  });

  it('stays small beside a very long message', () => {
    expect(xmlOf(reportOf(ALL)).length).to.be.below(50_000);
  });

  it('has an error for a run that was cut short', () => {
    const xml = xmlOf(reportOf([ALL[0] ?? BROKEN], { truncated: true, notes: ['the server is gone'] }));
    expect(xml).to.match(/tests="2" failures="0" errors="1"/);
    expect(xml).to.include('type="TRUNCATED"');
    expect(xml).to.include('the server is gone');
  });
});
