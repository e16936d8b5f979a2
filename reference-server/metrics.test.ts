import { expect } from 'chai';
import { createProcessRegistry, createRegistry, serveMetrics } from './metrics.ts';
import { countError, createStats } from './stats.ts';

describe('metrics', () => {
  it('show the counters as they are when somebody asks', async () => {
    const stats = createStats();
    const registry = createRegistry({ stats, sessions: 3 });
    stats.items = 41;
    stats.connections.stateful = 2;
    stats.opens['stateful-resume'] = 5;
    countError(stats, 102);
    countError(stats, 102);
    await registry.metrics();
    stats.items = 42;
    const lines = (await registry.metrics()).split('\n');
    expect(lines).to.include.members([
      'reseq_items_total 42',
      'reseq_sessions 3',
      'reseq_connections{profile="stateful"} 2',
      'reseq_opens_total{request="stateful-resume"} 5',
      'reseq_errors_total{error="SESSION_NOT_FOUND"} 2',
    ]);
  });

  it('are served over HTTP at /metrics and nowhere else', async () => {
    const registry = createProcessRegistry({ stats: createStats(), sessions: undefined });
    const { server, port } = await serveMetrics(() => registry.metrics(), '127.0.0.1', 0);
    try {
      const metrics = await fetch(`http://127.0.0.1:${port}/metrics`);
      expect(metrics.status).to.equal(200);
      expect(metrics.headers.get('content-type')).to.match(/^text\/plain; version=0\.0\.4/);
      expect(await metrics.text())
        .to.contain('process_cpu_seconds_total')
        .and.not.contain('reseq_sessions');
      expect((await fetch(`http://127.0.0.1:${port}/`)).status).to.equal(404);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
