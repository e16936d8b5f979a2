/**
 * Prometheus metrics over HTTP: `GET /metrics`. Names: README.md. The server's counters are read when somebody asks.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { errorName } from '../protocol/errors.ts';
import type { Stats } from './stats.ts';

/** What is measured; a ReseqServer fits. */
export interface Observed {
  readonly stats: Stats;
  /** Undefined when the store does not tell. */
  readonly sessions: number | undefined;
}

/** @returns the listening server and its port. Rejects when the port cannot be had. */
export async function serveMetrics(
  scrape: () => Promise<string>,
  host: string,
  port: number,
): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('GET /metrics is all there is here\n');
      return;
    }
    scrape().then(
      (text) => response.writeHead(200, { 'content-type': Registry.PROMETHEUS_CONTENT_TYPE }).end(text),
      (error: unknown) => response.writeHead(500, { 'content-type': 'text/plain' }).end(String(error)),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}

/** The metrics of one server and its process. */
export function createProcessRegistry(observed: Observed): Registry {
  const registry = createRegistry(observed);
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** The metrics of one server. */
export function createRegistry(observed: Observed): Registry {
  const registry = new Registry();
  const { stats } = observed;
  const registers = [registry];

  new Gauge({
    name: 'reseq_connections',
    help: 'Connections that are open',
    labelNames: ['profile'],
    registers,
    collect() {
      for (const [profile, count] of Object.entries(stats.connections)) this.set({ profile }, count);
    },
  });
  new Gauge({
    name: 'reseq_sockets',
    help: 'TCP connections that are open',
    registers,
    collect() {
      this.set(stats.sockets.open);
    },
  });
  new Counter({
    name: 'reseq_sockets_refused_total',
    help: 'TCP connections closed by a limit',
    labelNames: ['limit'],
    registers,
    collect() {
      this.reset();
      for (const [limit, count] of Object.entries(stats.sockets.refused)) this.inc({ limit }, count);
    },
  });
  if (observed.sessions !== undefined) {
    new Gauge({
      name: 'reseq_sessions',
      help: 'Sessions in the embedded store',
      registers,
      collect() {
        this.set(observed.sessions ?? 0);
      },
    });
  }
  new Counter({
    name: 'reseq_opens_total',
    help: 'Connections opened, by request',
    labelNames: ['request'],
    registers,
    collect() {
      this.reset();
      for (const [request, count] of Object.entries(stats.opens)) this.inc({ request }, count);
    },
  });
  new Counter({
    name: 'reseq_errors_total',
    help: 'Requests refused and connections ended with an error, by registry name',
    labelNames: ['error'],
    registers,
    collect() {
      this.reset();
      for (const [code, count] of stats.errors) this.inc({ error: errorName(code) ?? String(code) }, count);
    },
  });
  for (const [name, help, read] of [
    ['reseq_items_total', 'Items sent, final ones apart', () => stats.items],
    ['reseq_finals_total', 'Final messages sent', () => stats.finals],
    ['reseq_confirms_total', 'Sessions discarded by a confirmation', () => stats.confirms],
    ['reseq_drops_total', 'Connections that ended without the server', () => stats.drops],
    ['reseq_store_failures_total', 'Store operations that could not be carried out', () => stats.storeFailures],
  ] as const) {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }
  return registry;
}
