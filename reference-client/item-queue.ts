/**
 * Items on their way to a program: bounded, in order, with an end that the reader cannot miss.
 */

export interface SequenceItem<Value extends number | bigint> {
  /** Zero-based. */
  readonly index: number;
  readonly value: Value;
}

type Waiter<Item> = {
  readonly resolve: (result: IteratorResult<Item, undefined>) => void;
  readonly reject: (reason: unknown) => void;
};

/** Says `setFull(true)` when `capacity` items wait, and `setFull(false)` when half of them are gone. */
export class ItemQueue<Item> {
  readonly #capacity: number;
  readonly #setFull: (full: boolean) => void;
  readonly #items: Item[] = [];
  readonly #waiters: Waiter<Item>[] = [];
  #isFull = false;
  #isDiscarding = false;
  #ending: { readonly failure: unknown } | undefined;

  constructor(capacity: number, setFull: (full: boolean) => void) {
    this.#capacity = capacity;
    this.#setFull = setFull;
  }

  push(item: Item): void {
    if (this.#isDiscarding) return;
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      waiter.resolve({ done: false, value: item });
      return;
    }
    this.#items.push(item);
    if (!this.#isFull && this.#items.length >= this.#capacity) this.#tell(true);
  }

  /** After the items that wait comes the end, or `failure` unless it is undefined. */
  end(failure: unknown): void {
    this.#ending = { failure };
    for (const waiter of this.#waiters.splice(0)) settle(waiter, failure);
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    const item = this.#items.shift();
    if (item !== undefined) {
      if (this.#isFull && this.#items.length <= this.#capacity / 2) this.#tell(false);
      return Promise.resolve({ done: false, value: item });
    }
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject };
      if (this.#ending === undefined) this.#waiters.push(waiter);
      else settle(waiter, this.#ending.failure);
    });
  }

  /** Drops what waits and whatever comes. */
  discard(): void {
    this.#isDiscarding = true;
    this.#items.length = 0;
    if (this.#isFull) this.#tell(false);
  }

  #tell(full: boolean): void {
    this.#isFull = full;
    this.#setFull(full);
  }
}

function settle<Item>({ resolve, reject }: Waiter<Item>, failure: unknown): void {
  if (failure === undefined) resolve({ done: true, value: undefined });
  else reject(failure);
}
