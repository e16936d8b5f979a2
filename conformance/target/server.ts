/** A server under test: where it listens. */

export interface ServerTarget {
  readonly host: string;
  readonly port: number;
}
