/** What is known of the registers of a cell's catalogue without reading them: that they are there, and when they are due. */
export class Almanac {
  /** By address: when it is due, or never. */
  readonly #known = new Map<string, number>();
  readonly #counts: Map<string, number>;
  /** A heap by time. What was moved or removed since stays in it until its time, and is left out then. */
  readonly #heap: { at: number; address: string }[] = [];

  /** @param counted the prefixes whose registers are counted; none of them is a prefix of another */
  constructor(counted: readonly string[]) {
    this.#counts = new Map(counted.map((prefix) => [prefix, 0]));
  }

  get size(): number {
    return this.#known.size;
  }

  has(address: string): boolean {
    return this.#known.has(address);
  }

  count(prefix: string): number {
    return this.#counts.get(prefix) ?? 0;
  }

  /** A register is there; `dueAt` undefined where it never needs to be looked at. */
  note(address: string, dueAt: number | undefined): void {
    if (!this.#known.has(address)) this.#recount(address, 1);
    const at = dueAt ?? Number.POSITIVE_INFINITY;
    if (this.#known.get(address) === at) return;
    this.#known.set(address, at);
    if (dueAt !== undefined) this.wake(address, dueAt);
  }

  forget(address: string): void {
    if (this.#known.delete(address)) this.#recount(address, -1);
  }

  clear(): void {
    this.#known.clear();
    this.#heap.length = 0;
    for (const prefix of this.#counts.keys()) this.#counts.set(prefix, 0);
  }

  /** Lets a register come up at that time (again). */
  wake(address: string, at: number): void {
    const heap = this.#heap;
    let place = heap.push({ at, address }) - 1;
    while (place > 0) {
      const parent = (place - 1) >>> 1;
      if (this.#at(parent) <= this.#at(place)) break;
      this.#swap(place, parent);
      place = parent;
    }
  }

  /** When something may be due next; undefined where nothing is known to be. */
  get nextAt(): number | undefined {
    return this.#heap[0]?.at;
  }

  /** Takes out what is due, the earliest first. Whoever doesn't see to one of them wakes it again. */
  takeDue(now: number, limit: number): string[] {
    const due = new Set<string>();
    while (due.size < limit) {
      const [first] = this.#heap;
      if (first === undefined || first.at > now) break;
      this.#pop();
      if ((this.#known.get(first.address) ?? Number.POSITIVE_INFINITY) <= now) due.add(first.address);
    }
    return [...due];
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let place = 0; ; ) {
      const [left, right] = [2 * place + 1, 2 * place + 2];
      const least = this.#at(right) < this.#at(left) ? right : left;
      if (this.#at(least) >= this.#at(place)) break;
      this.#swap(place, least);
      place = least;
    }
  }

  #at(place: number): number {
    return this.#heap[place]?.at ?? Number.POSITIVE_INFINITY;
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (one === undefined || other === undefined) return;
    [this.#heap[a], this.#heap[b]] = [other, one];
  }

  #recount(address: string, by: number): void {
    for (const [prefix, count] of this.#counts) {
      if (!address.startsWith(prefix)) continue;
      this.#counts.set(prefix, count + by);
      return;
    }
  }
}
