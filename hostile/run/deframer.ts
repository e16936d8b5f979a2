/**
 * gRPC messages out of the bytes of a response.
 */
const PREFIX_BYTES = 5;

export class Deframer {
  #pending: Buffer = Buffer.alloc(0);

  /** @returns the messages that this chunk completes */
  take(chunk: Buffer): Buffer[] {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const messages: Buffer[] = [];
    while (this.#pending.length >= PREFIX_BYTES) {
      const end = PREFIX_BYTES + this.#pending.readUInt32BE(1);
      if (this.#pending.length < end) break;
      messages.push(this.#pending.subarray(PREFIX_BYTES, end));
      this.#pending = this.#pending.subarray(end);
    }
    return messages;
  }
}
