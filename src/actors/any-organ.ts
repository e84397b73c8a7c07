import type { Input, Moment, Organ, Signal, Step } from '../contract/organ.ts';
import type { Store } from '../contract/ports.ts';

/**
 * An organ of whatever facts. Every `Organ<F>` is one; the kernel hands facts back only to the organ they came from,
 * and never looks into them.
 */
export interface AnyOrgan extends Pick<Organ<unknown>, 'id' | 'machine' | 'messages' | 'answers' | 'effects'> {
  begin(store: Store, moment: Moment): Step<unknown>;
  readonly receive: { readonly [kind: string]: (facts: never, input: Input<never>, moment: Moment) => Step<unknown> };
  readonly actions: { readonly [name: string]: (facts: never, signal: Signal, moment: Moment) => Step<unknown> };
}
