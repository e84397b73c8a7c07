import { readFileSync } from 'node:fs';

/** A seed under which a mutant breaks an invariant, and the source as it is does not. */
export interface Kill {
  readonly seed: number;
  readonly invariant: string;
}

/** Found by `npm run soak:mutants -- --write`; by the names of the mutants. */
export function readKills(): Readonly<Record<string, readonly Kill[]>> {
  const text = readFileSync(new URL('kills.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly kills: Record<string, Kill[]> }).kills;
}
