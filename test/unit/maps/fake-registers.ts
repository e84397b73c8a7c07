import { canonical } from '../../../src/contract/encoding.ts';
import { Fault, type FaultCode } from '../../../src/contract/errors.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Register, RegisterService, RegisterWrite } from '../../../src/contract/services.ts';
import type { Json } from '../../../src/contract/words.ts';

/** One tree's registers, the same for every node. */
export class FakeRegisters implements RegisterService {
  readonly rows = new Map<string, Register>();
  version = 100;
  sovereign = true;
  /** Called before each SET; a code fails it. */
  beforeSet: () => FaultCode | undefined = () => undefined;
  /** The SET takes place, but its answer is lost. */
  answersLost = 0;

  async read(key: string, consistency: 'linear' | 'any' | 'best'): Promise<Register | undefined> {
    if (consistency === 'linear' && !this.sovereign) throw new Fault('no-authority');
    return this.rows.get(key);
  }

  peek(key: string): Register | undefined {
    return this.rows.get(key);
  }

  list({ prefix, after, limit }: { prefix: string; after?: string; limit: number }): readonly Register[] {
    return [...this.rows.values()]
      .filter(({ key }) => key.startsWith(prefix) && (after === undefined || byBytes(key, after) > 0))
      .sort((a, b) => byBytes(a.key, b.key))
      .slice(0, limit);
  }

  async set(writes: readonly RegisterWrite[]): Promise<number> {
    if (!this.sovereign) throw new Fault('no-authority');
    const code = this.beforeSet();
    if (code !== undefined) throw new Fault(code);
    for (const { key, expected, value } of writes) {
      if ((this.rows.get(key)?.version ?? 0) !== expected) throw new Fault('conflict');
      if (Buffer.byteLength(key) > LIMITS.registerKeyMax) throw new Error('the key is too long');
      if (value !== null && Buffer.byteLength(canonical(value as object)) > LIMITS.registerValueMax)
        throw new Error('the value is too large');
    }
    this.version += 1;
    for (const { key, value } of writes) this.#write(key, value);
    if (this.answersLost > 0) {
      this.answersLost -= 1;
      throw new Fault('deadline');
    }
    return this.version;
  }

  #write(key: string, value: Json): void {
    if (value === null) this.rows.delete(key);
    else this.rows.set(key, { key, value: JSON.parse(canonical(value as object)), version: this.version });
  }
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
