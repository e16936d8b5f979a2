import { expect } from 'chai';
import type { Check } from '../check.ts';
import { DRIVER_CHECKS } from '../checks/client/driver.ts';
import { CLIENT_CHECKS } from '../checks/client/index.ts';
import { SERVER_CHECKS } from '../checks/server/index.ts';
import { STORE_CHECKS } from '../checks/store/index.ts';
import { driverScenarios } from '../scenarios/client/driver.ts';
import { clientScenarios } from '../scenarios/client/index.ts';
import { SERVER_SCENARIOS } from '../scenarios/server/index.ts';
import { STORE_SCENARIOS } from '../scenarios/store/index.ts';
import { DESCRIPTION } from '../testing/trace-builder.ts';
import {
  driverTestable,
  isMust,
  PIN_DIGITS,
  pinnedId,
  type Requirement,
  requirements,
  stalePins,
  storeTestable,
  testable,
} from './requirements.ts';

const all = requirements();

function unjudged(candidates: readonly Requirement[], checks: readonly Check[]): string[] {
  const pinned = new Set(checks.flatMap((check) => check.requirements.map(pinnedId)));
  return candidates.filter((requirement) => isMust(requirement) && !pinned.has(requirement.id)).map(({ id }) => id);
}

const ALL_OF_DRIVER = [...CLIENT_CHECKS, ...DRIVER_CHECKS];

for (const [side, candidates, checks, scenarios] of [
  ['a server', testable('server', all), SERVER_CHECKS, SERVER_SCENARIOS],
  ['servers on one store', storeTestable(all), STORE_CHECKS, STORE_SCENARIOS],
  ['a client', testable('client', all), CLIENT_CHECKS, clientScenarios()],
  ['a driver', driverTestable(all), ALL_OF_DRIVER, [...clientScenarios(), ...driverScenarios()]],
] as const) {
  describe(`checks of ${side}`, () => {
    it('judge every testable MUST', () => {
      expect(unjudged(candidates, checks)).to.deep.equal([]);
    });

    it('pin requirements whose sentence is the one that they were written for', () => {
      const stale = checks.flatMap((check) =>
        stalePins(check, all).map((pin) => {
          const now = all.get(pinnedId(pin))?.sha256.slice(0, PIN_DIGITS) ?? 'gone';
          return `${check.id}: ${pin}, now ${now}`;
        }),
      );
      expect(stale).to.deep.equal([]);
    });

    it('have ids of their own, a requirement and a scenario that exists', () => {
      const known = new Set(['*', ...scenarios.map(({ id }) => id)]);
      expect(new Set(checks.map(({ id }) => id)).size).to.equal(checks.length);
      expect(checks.filter(({ requirements: pins }) => pins.length === 0).map(({ id }) => id)).to.deep.equal([]);
      expect(checks.filter(({ scenario }) => !known.has(scenario)).map(({ id }) => id)).to.deep.equal([]);
    });

    it('use every scenario', () => {
      const used = new Set(checks.map(({ scenario }) => scenario));
      expect(scenarios.filter(({ id }) => !used.has(id)).map(({ id }) => id)).to.deep.equal([]);
    });

    it('pass nothing without evidence', () => {
      const context = { description: DESCRIPTION, seedFromClientId: true };
      const empty = {
        scenario: '',
        caseId: '',
        startedAtMs: 0,
        endedAtMs: 0,
        events: [],
        facts: {},
        lag: { maxMs: 0, meanMs: 0 },
      };
      const vacuous = checks.filter((check) => check.judge([empty], context).verdict === 'PASS');
      expect(vacuous.map(({ id }) => id)).to.deep.equal([]);
    });
  });
}
