/**
 * The health service of gRPC for the names that this server has. That of the library remembers every name that anybody
 * has ever watched. Source: https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
import {
  type Server,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { type ServingStatus, service } from 'grpc-health-check';

interface Request {
  readonly service: string;
}
interface Answer {
  readonly status: ServingStatus | 'SERVICE_UNKNOWN';
}
interface Answers {
  readonly statuses: Readonly<Record<string, Answer>>;
}
type Watch = ServerWritableStream<Request, Answer>;

export class Health {
  readonly #names: readonly string[];
  readonly #watches = new Set<Watch>();
  #status: ServingStatus = 'SERVING';

  /** `names`: of the services, all of which are well or unwell together; the empty one is the server. */
  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** Streams that are told of a change. */
  get watches(): number {
    return this.#watches.size;
  }

  setStatus(serving: ServingStatus): void {
    this.#status = serving;
    for (const watch of this.#watches) watch.write({ status: serving });
  }

  addToServer(server: Server): void {
    server.addService(service, {
      check: (call: ServerUnaryCall<Request, Answer>, answer: sendUnaryData<Answer>) => {
        if (this.#names.includes(call.request.service)) answer(null, { status: this.#status });
        else answer({ code: status.NOT_FOUND, details: 'service: expected one of this server, got another' });
      },
      list: (_call: ServerUnaryCall<unknown, Answers>, answer: sendUnaryData<Answers>) => {
        answer(null, { statuses: Object.fromEntries(this.#names.map((name) => [name, { status: this.#status }])) });
      },
      watch: (call: Watch) => this.#watch(call),
    });
  }

  /** Names never come and go here, so whoever watches an unknown one has heard all there will be. */
  #watch(call: Watch): void {
    if (!this.#names.includes(call.request.service)) {
      call.write({ status: 'SERVICE_UNKNOWN' });
      return;
    }
    this.#watches.add(call);
    call.on('cancelled', () => this.#watches.delete(call));
    call.write({ status: this.#status });
  }
}
