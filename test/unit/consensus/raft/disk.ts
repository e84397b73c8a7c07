import type { LogRecord } from '../../../../src/contract/entries.ts';
import { electorateOf } from '../../../../src/organs/consensus/raft/electorate.ts';
import type { Ballot, Base, Electorate, Origin, Writes } from '../../../../src/organs/consensus/raft/index.ts';
import { ROOT_HASH } from '../../../../src/organs/consensus/records.ts';

/** What a model node finds again after a crash, and nothing else. */
export class Disk {
  ballot: Ballot = { generation: 1, epoch: 0, vote: null };
  base: Base;
  records: LogRecord[] = [];
  /** A node keeps the proof of what is committed, so it knows at least so much after a restart. */
  commit = 0;
  /** What was here when it had to be, even if it was lost since: a loss takes nothing back that was said before it. */
  readonly #kept = new Set<string>();

  constructor(electorate: Electorate) {
    this.base = { index: 0, epoch: 0, hash: ROOT_HASH, electorate };
  }

  get last(): number {
    return this.base.index + this.records.length;
  }

  has(record: LogRecord): boolean {
    return record.index <= this.base.index || this.#kept.has(record.hash);
  }

  write({ ballot, cutAfter, records }: Writes, commit: number): void {
    if (ballot !== undefined) this.ballot = ballot;
    if (cutAfter !== undefined) {
      for (const { index, hash } of this.records) if (index > cutAfter) this.#kept.delete(hash);
      this.cut(cutAfter);
    }
    for (const record of records) {
      if (record.index !== this.last + 1) throw new Error(`the disk ends at ${this.last}, before ${record.index}`);
      this.records.push(record);
      this.#kept.add(record.hash);
    }
    this.commit = Math.max(this.commit, commit);
  }

  /** As a restored backup, or a disk that lied about a flush: everything after `index` is gone. */
  cut(index: number): void {
    this.records = this.records.slice(0, Math.max(0, index - this.base.index));
    this.commit = Math.min(this.commit, index);
  }

  install(base: Base): void {
    const kept = this.records[base.index - this.base.index - 1]?.hash === base.hash;
    this.records = kept ? this.records.slice(base.index - this.base.index) : [];
    this.base = base;
    this.commit = Math.max(this.commit, base.index);
  }

  /** A node starts from its view, which is as far as its proof reaches, and reads only what comes after it. */
  origin(self: string, abstains: boolean): Origin {
    const base = this.commit > this.base.index ? baseAt(this.base, this.records, this.commit) : this.base;
    const records = this.records.filter(({ index }) => index > base.index);
    return { ...this.ballot, self, abstains, base, records, commit: this.commit };
  }
}

/** What a copy of the log up to `index` says. */
export function baseAt(from: Base, records: readonly LogRecord[], index: number): Base {
  const until = records.filter((record) => record.index <= index);
  const last = until.at(-1);
  if (last === undefined) return from;
  return { index: last.index, epoch: last.epoch, hash: last.hash, electorate: electorateAfter(from, until) };
}

export function electorateAfter({ electorate }: Base, records: readonly LogRecord[]): Electorate {
  const naming = records.findLast(({ entry }) => electorateOf(entry) !== undefined);
  return (naming && electorateOf(naming.entry)) ?? electorate;
}
