/**
 * The two libraries behind expressions: the grammar of CEL, and regular expressions that take linear time. They need
 * several megabytes, and a node whose genomes have no expressions never loads them.
 */
export interface Engine {
  readonly cel: typeof import('@marcbachmann/cel-js');
  readonly re2: typeof import('re2js');
}

let loaded: Engine | undefined;

/** Loads both; must have resolved before anything is compiled that has an expression or a pattern. */
export async function loadEngine(): Promise<void> {
  if (loaded !== undefined) return;
  const [cel, re2] = await Promise.all([import('@marcbachmann/cel-js'), import('re2js')]);
  loaded = { cel, re2 };
}

export function engine(): Engine {
  if (loaded === undefined) throw new Error('expressions are compiled before their engine is loaded');
  return loaded;
}
