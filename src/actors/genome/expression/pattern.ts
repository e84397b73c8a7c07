import type { RE2JS } from 're2js';
import { LIMITS } from '../../../contract/limits.ts';
import { engine } from './engine.ts';
import type { Meter } from './meter.ts';

/**
 * Regular expressions in the syntax of RE2, whose matching takes time linear in the text. The engine of JavaScript would
 * need minutes for `(a+)+$` on thirty characters.
 */
export interface Pattern {
  readonly source: string;
  /** Whether some part of the text matches: anchor with `^` and `$` for the whole of it. */
  test(text: string, meter: Meter): boolean;
}

/** The pattern, or why it is none. */
export function compilePattern(source: string): { readonly pattern: Pattern } | { readonly wrong: string } {
  if (source.length > LIMITS.patternTextMax) {
    return { wrong: `a pattern has at most ${LIMITS.patternTextMax} characters, this one has ${source.length}` };
  }
  let compiled: RE2JS;
  try {
    compiled = engine().re2.RE2JS.compile(source);
  } catch (error) {
    return { wrong: `not a pattern of RE2: ${reasonOf(error)}` };
  }
  const size = compiled.programSize();
  if (size > LIMITS.patternProgramMax) {
    return { wrong: `the pattern is too large: ${size} instructions, at most ${LIMITS.patternProgramMax}` };
  }
  return {
    pattern: {
      source,
      test(text, meter) {
        meter.spend(1 + Math.ceil((text.length * size) / PATTERN_PER_STEP));
        return compiled.test(text);
      },
    },
  };
}

/** Characters times instructions in one step: a new text may make the engine build every state anew. */
const PATTERN_PER_STEP = 8;

function reasonOf(error: unknown): string {
  return String(error instanceof Error ? error.message : error).replace(/^error parsing regexp: /, '');
}
