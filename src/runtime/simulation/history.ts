import type { Json } from '../../contract/words.ts';

/** What a client of one node asked, and what became of it. Times are virtual milliseconds. */
export interface Operation {
  readonly id: number;
  /** The node that was asked. */
  readonly node: number;
  readonly kind: 'set' | 'read' | 'put' | 'get' | 'publish' | 'send' | 'shard-put' | 'shard-get';
  /** What it is about: a register's key, a file's name, a tree and a topic, a recipient. */
  readonly key: string;
  /** What it says: the value, the hash of the content, the number of the message. */
  readonly input: Json;
  readonly calledAt: number;
  /** Null while nobody knows; it may have taken effect all the same. */
  readonly returnedAt: number | null;
  readonly outcome: OperationOutcome | null;
}

export type OperationOutcome =
  | { readonly ok: true; readonly output: Json }
  /** The code of a Fault. An operation that failed may have taken effect, unless its kind says otherwise. */
  | { readonly ok: false; readonly code: string };

/** All operations of a run, in the order of their calls. */
export class History {
  readonly #operations: Operation[] = [];

  get operations(): readonly Operation[] {
    return this.#operations;
  }

  call(asked: Pick<Operation, 'node' | 'kind' | 'key' | 'input'>, at: number): Operation {
    const id = this.#operations.length + 1;
    const operation: Operation = { id, ...asked, calledAt: at, returnedAt: null, outcome: null };
    this.#operations.push(operation);
    return operation;
  }

  end({ id }: Operation, outcome: OperationOutcome, at: number): Operation {
    const called = this.#operations[id - 1];
    if (called === undefined) throw new RangeError(`no operation ${id} was called`);
    const returned = { ...called, outcome, returnedAt: at };
    this.#operations[id - 1] = returned;
    return returned;
  }
}
