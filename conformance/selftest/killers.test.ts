import { expect } from 'chai';
import { allKillers, type Kind, MUTANTS, WITHOUT_MUTANT } from './killers.ts';

const KINDS = Object.keys(MUTANTS) as Kind[];

describe('declarations of the mutants', () => {
  it('have a mutant for each check, or say why there is none', () => {
    const idle = [...allKillers()].filter(([id, kills]) => kills.length === 0 && !(id in WITHOUT_MUTANT));
    expect(idle.map(([id]) => id)).to.deep.equal([]);
  });

  it('excuse no check that kills a mutant or does not exist', () => {
    expect(Object.keys(WITHOUT_MUTANT).filter((id) => allKillers().get(id)?.length !== 0)).to.deep.equal([]);
  });

  for (const kind of KINDS) {
    const { checks, bugs } = MUTANTS[kind];
    // A driver is judged by the checks of clients as well.
    const ids = [...checks, ...(kind === 'driver' ? MUTANTS.client.checks : [])].map(({ id }) => id);
    it(`name only checks that there are (${kind})`, () => {
      const unknown = Object.entries(bugs).flatMap(([name, { fails, also = [] }]) =>
        [...Object.keys(fails), ...also]
          .filter((id) => !ids.some((one) => (id.endsWith('*') ? one.startsWith(id.slice(0, -1)) : one === id)))
          .map((id) => `${name}: ${id}`),
      );
      expect(unknown).to.deep.equal([]);
    });

    it(`say what has to fail and what it says (${kind})`, () => {
      const empty = Object.entries(bugs).filter(
        ([, { fails }]) => Object.keys(fails).length === 0 || Object.values(fails).includes(''),
      );
      expect(empty.map(([name]) => name)).to.deep.equal([]);
    });
  }
});
