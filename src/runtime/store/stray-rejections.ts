/**
 * When lmdb's commit fails it rejects the promises that we hold, and some that it made for itself and nobody holds. Node
 * would end the process for those. One listener per process takes exactly them and leaves everything else as it was.
 */

/** The error of a failed commit; its reason comes as the rejection of `commitError`. */
export interface CommitFailure extends Error {
  readonly commitError: Promise<unknown>;
}

const reasons = new WeakSet<object>();

export function isCommitFailure(error: unknown): error is CommitFailure {
  return (
    error instanceof Error &&
    error.message === 'Commit failed (see commitError for details)' &&
    'commitError' in error &&
    error.commitError instanceof Promise
  );
}

/** Why the commit failed: what lmdb says, with the `code` of the operating system. */
export async function reasonOf(failure: CommitFailure): Promise<unknown> {
  reasons.add(failure.commitError);
  return failure.commitError.then(
    () => failure,
    (reason: unknown) => reason,
  );
}

let guarded = false;

/** Installs the listener; calling it again does nothing. */
export function guardStrayRejections(): void {
  if (guarded) return;
  guarded = true;
  process.on('unhandledRejection', takeStray);
}

/** Exported for its test. Throwing here is what Node does where nobody listens: it ends in `uncaughtException`. */
export function takeStray(reason: unknown, promise: Promise<unknown>): void {
  if (reasons.has(promise)) return;
  if (isCommitFailure(reason)) {
    void reasonOf(reason);
    return;
  }
  // Whoever else listens has taken the decision from Node already.
  if (process.listenerCount('unhandledRejection') > 1) return;
  throw reason instanceof Error ? reason : new Error('A promise was rejected and nobody cared.', { cause: reason });
}
