/**
 * Alarms ordered by time, then by the order in which they were set. Each knows its place, so that
 * cancelling leaves nothing behind: a session that re-arms every second must not pile up corpses.
 */

/** One entry; `place` is its index in the heap or -1 when it is not in one. */
export interface HeapAlarm {
  /** Changed by `move` alone, like `order`. */
  atMs: number;
  order: number;
  readonly ring: () => void;
  place: number;
}

/** Binary min-heap of alarms. */
export class AlarmHeap {
  readonly #alarms: HeapAlarm[] = [];
  #order = 0;

  get size(): number {
    return this.#alarms.length;
  }

  /** The earliest alarm, left in place. */
  peek(): HeapAlarm | undefined {
    return this.#alarms[0];
  }

  add(atMs: number, ring: () => void): HeapAlarm {
    const alarm: HeapAlarm = { atMs, order: this.#order++, ring, place: -1 };
    this.#insert(alarm);
    return alarm;
  }

  /** As removing it and adding it with another time; nothing new is made. */
  move(alarm: HeapAlarm, atMs: number): void {
    this.remove(alarm);
    alarm.atMs = atMs;
    alarm.order = this.#order++;
    this.#insert(alarm);
  }

  /** No effect for an alarm that is not in the heap any more. */
  remove(alarm: HeapAlarm): void {
    const place = alarm.place;
    if (place < 0) return;
    alarm.place = -1;
    const last = this.#alarms.pop();
    if (last === undefined || last === alarm) return;
    this.#put(last, place);
    this.#rise(last);
    this.#sink(last);
  }

  #insert(alarm: HeapAlarm): void {
    alarm.place = this.#alarms.push(alarm) - 1;
    this.#rise(alarm);
  }

  #put(alarm: HeapAlarm, place: number): void {
    this.#alarms[place] = alarm;
    alarm.place = place;
  }

  #rise(alarm: HeapAlarm): void {
    while (alarm.place > 0) {
      const place = alarm.place;
      const parentPlace = (place - 1) >> 1;
      const parent = this.#alarms[parentPlace];
      if (parent === undefined || !isBefore(alarm, parent)) return;
      this.#put(parent, place);
      this.#put(alarm, parentPlace);
    }
  }

  #sink(alarm: HeapAlarm): void {
    for (;;) {
      const place = alarm.place;
      const child = this.#earlierChild(place);
      if (child === undefined || !isBefore(child, alarm)) return;
      const childPlace = child.place;
      this.#put(child, place);
      this.#put(alarm, childPlace);
    }
  }

  #earlierChild(place: number): HeapAlarm | undefined {
    const left = this.#alarms[2 * place + 1];
    const right = this.#alarms[2 * place + 2];
    return left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
  }
}

function isBefore(a: HeapAlarm, b: HeapAlarm): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
