/**
 * Stands for something that goes on until it is disposed: a fault, a rule of the network, an observer. Disposing it again
 * does nothing. With `using` it ends with its block.
 *
 * @example
 * const storm = world.rule(loss({ rate: 0.2 }))
 * await world.advance(10_000)
 * storm.dispose()
 */
export interface Guard {
  dispose(): void;
  [Symbol.dispose](): void;
}

export function guardOf(end: () => void): Guard {
  let ended = false;
  const dispose = (): void => {
    if (ended) return;
    ended = true;
    end();
  };
  return { dispose, [Symbol.dispose]: dispose };
}

/** One guard for several: they end in the reverse order of their beginning. */
export function together(guards: readonly Guard[]): Guard {
  return guardOf(() => {
    for (const guard of [...guards].reverse()) guard.dispose();
  });
}
