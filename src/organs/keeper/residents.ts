import { LIMITS } from '../../contract/limits.ts';
import type { Register } from '../../contract/services.ts';

interface Resident {
  readonly register: Register;
  readonly idleMs: number;
  usedAt: number;
}

/**
 * Registers that were used lately, so that a key which is asked again and again is not read from the store each time. What
 * is in here may be behind the log by a moment: a step that goes by it fails at its compare-and-set, and looks again.
 */
export class Residents {
  readonly #byAddress = new Map<string, Resident>();

  get size(): number {
    return this.#byAddress.size;
  }

  get(address: string, now: number): Register | undefined {
    const resident = this.#byAddress.get(address);
    if (resident === undefined) return undefined;
    resident.usedAt = now;
    // Those used last are the last in the order of the map, so that the first are the ones to go.
    this.#byAddress.delete(address);
    this.#byAddress.set(address, resident);
    return resident.register;
  }

  keep(register: Register, idleMs: number, now: number): void {
    this.#byAddress.delete(register.key);
    this.#byAddress.set(register.key, { register, idleMs, usedAt: now });
    const [oldest] = this.#byAddress.keys();
    if (this.#byAddress.size > LIMITS.entitiesResidentMax && oldest !== undefined) this.#byAddress.delete(oldest);
  }

  /** The log has it at that version, or doesn't have it any more. */
  supersede(address: string, version: number): void {
    const resident = this.#byAddress.get(address);
    if (resident !== undefined && resident.register.version < version) this.#byAddress.delete(address);
  }

  /** Lets go of those that nobody has asked for in their time. */
  passivate(now: number): void {
    for (const [address, { usedAt, idleMs }] of this.#byAddress)
      if (usedAt + idleMs <= now) this.#byAddress.delete(address);
  }

  clear(): void {
    this.#byAddress.clear();
  }
}
