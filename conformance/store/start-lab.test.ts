import { expect } from 'chai';
import { demandOf, planOfStore } from '../conform.ts';
import { TargetError } from '../target/server.ts';
import { labOfServers } from './start-lab.ts';

const A = { host: 'localhost', port: 9_000 };
const B = { host: 'localhost', port: 9_001 };

describe('a lab of servers that run already', () => {
  it('lacks the records when no store is told, and processes and stores to stop', async () => {
    const lab = await labOfServers(A, B, undefined);
    expect([lab.a, lab.b]).to.deep.equal([A, B]);
    expect((['records', 'processes', 'own-store'] as const).map((need) => lab.lacks(need)?.isError)).to.deep.equal([
      false,
      false,
      false,
    ]);
    expect(() => lab.records).to.throw('--store');
    await lab.close();
  });

  it('is refused when no store answers, without the password in the message', async () => {
    const error = await labOfServers(A, B, 'redis://me:secret@127.0.0.1:1').catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(TargetError);
    expect(String(error)).to.contain('redis://127.0.0.1:1').and.not.contain('secret');
  });
});

describe('what a run on a shared store has to start', () => {
  const demand = (only: string) => demandOf(planOfStore({ only: [only], skip: [] }));

  it('is nothing more than two instances for most scenarios', () => {
    expect(demand('store-handover')).to.deep.equal({ spares: 0, rigs: 0 });
    expect(demand('pace')).to.deep.equal({ spares: 0, rigs: 0 });
  });

  it('is one instance to be killed, or one store to be stopped, for each scenario that needs it', () => {
    expect(demand('store-kill')).to.deep.equal({ spares: 1, rigs: 0 });
    expect(demand('store-outage')).to.deep.equal({ spares: 0, rigs: 1 });
    expect(demand('store-*')).to.deep.equal({ spares: 3, rigs: 2 });
  });
});
