import { createRequire, syncBuiltinESMExports } from 'node:module';

/**
 * While virtual time passes, nobody may ask the machine for the time, for chance or for a timer: one seed would no longer
 * be one run. Every such use throws, and its stack says who it was.
 */

/** By the global that owns them. */
const GLOBALS: readonly (readonly [owner: object, name: string, called: string])[] = [
  [globalThis, 'setTimeout', 'setTimeout'],
  [globalThis, 'setInterval', 'setInterval'],
  [globalThis, 'setImmediate', 'setImmediate'],
  [Math, 'random', 'Math.random'],
  [performance, 'now', 'performance.now'],
  [globalThis.crypto, 'randomUUID', 'crypto.randomUUID'],
  [globalThis.crypto, 'getRandomValues', 'crypto.getRandomValues'],
];

/** Of the modules of Node.js, whose names are bound where they are imported. */
const MODULES: readonly (readonly [module: string, names: readonly string[]])[] = [
  ['node:crypto', ['randomBytes', 'randomFill', 'randomFillSync', 'randomInt', 'randomUUID']],
  ['node:timers', ['setTimeout', 'setInterval', 'setImmediate']],
  ['node:timers/promises', ['setTimeout', 'setImmediate']],
];

/** How many stretches are under way. */
const stretches = { depth: 0 };
let restore = (): void => undefined;
let areModulesGuarded = false;

/**
 * Begins a stretch of virtual time; what is returned ends it. Stretches may overlap.
 *
 * @example
 * const leave = enterVirtualTime()
 * try { Date.now() } finally { leave() } // throws
 */
export function enterVirtualTime(): () => void {
  guardModules();
  if (stretches.depth === 0) restore = trapGlobals();
  stretches.depth += 1;
  let left = false;
  return () => {
    if (left) return;
    left = true;
    stretches.depth -= 1;
    if (stretches.depth === 0) restore();
  };
}

function forbidden(called: string): Error {
  return new Error(
    `${called} was used in a simulation: take time, chance and timers from the ports, or from the world`,
  );
}

function trapGlobals(): () => void {
  const undo = GLOBALS.map(([owner, name, called]) => replace(owner, name, trapFor(called)));
  undo.push(replace(globalThis, 'Date', trappedDate()));
  return () => {
    for (const one of undo) one();
  };
}

function trapFor(called: string): () => never {
  return () => {
    throw forbidden(called);
  };
}

/** Dates of a given time are as good as ever. */
function trappedDate(): DateConstructor {
  const now = trapFor('Date.now');
  return new Proxy(Date, {
    get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
    apply: trapFor('Date()'),
    construct: (target, args: unknown[], newTarget) => {
      if (args.length === 0) throw forbidden('new Date()');
      return Reflect.construct(target, args, newTarget);
    },
  });
}

/** @returns puts back what was there, which may have been inherited */
function replace(owner: object, name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, name);
  Object.defineProperty(owner, name, {
    value,
    configurable: true,
    writable: true,
    enumerable: before?.enumerable ?? false,
  });
  return () => {
    if (before === undefined) Reflect.deleteProperty(owner, name);
    else Object.defineProperty(owner, name, before);
  };
}

/** Once for the process, because binding names anew takes too long to do for every stretch; outside of one all is as it was. */
function guardModules(): void {
  if (areModulesGuarded) return;
  areModulesGuarded = true;
  const require = createRequire(import.meta.url);
  for (const [module, names] of MODULES) {
    const exported = require(module) as Record<string, unknown>;
    for (const name of names) exported[name] = guarded(exported[name] as Callable, `${name} of ${module}`);
  }
  syncBuiltinESMExports();
}

type Callable = (this: unknown, ...args: unknown[]) => unknown;

function guarded(original: Callable, called: string): Callable {
  const guard = function (this: unknown, ...args: unknown[]): unknown {
    if (stretches.depth > 0) throw forbidden(called);
    return Reflect.apply(original, this, args);
  };
  // What else hangs on it, such as the promisified form of setTimeout.
  return Object.defineProperties(guard, Object.getOwnPropertyDescriptors(original)) as Callable;
}
