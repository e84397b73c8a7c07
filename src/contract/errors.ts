/**
 * Every failure that a caller may expect, in one table: its stable code, the HTTP status that a receptor answers, the
 * exit code that the command line ends with, and what it means. docs/errors.md is generated from it.
 */
export const FAULTS = {
  malformed: { status: 400, exit: 2, meaning: 'The request is not what this receptor or message kind takes.' },
  'bad-name': {
    status: 400,
    exit: 2,
    meaning:
      'A file name must be NFC UTF-8 of 1-1,024 bytes without control characters, `.` or `..` segments, and not look like an id.',
  },
  usage: { status: 400, exit: 2, meaning: 'The command line was not understood.' },
  'genome-invalid': { status: 400, exit: 3, meaning: 'The genome file does not describe a cell type.' },
  'no-passport': {
    status: 401,
    exit: 1,
    meaning:
      'The receptor answers only those who sign their requests (RFC 9421), and this one is not signed, or not rightly.',
  },
  'rate-limited': {
    status: 429,
    exit: 4,
    meaning: 'More requests came than the receptor takes in its time; try again after the stated time.',
  },
  forbidden: {
    status: 403,
    exit: 1,
    meaning: 'The receptor does not answer this caller: not on its own machine, or a foreign Host or Origin header.',
  },
  'not-found': { status: 404, exit: 1, meaning: 'There is no such file or shard: every cell of the map said no.' },
  'no-receptor': { status: 404, exit: 1, meaning: 'This node has nothing at that path for that method.' },
  'already-exists': {
    status: 412,
    exit: 1,
    meaning: 'The name or the output file exists, and the caller asked not to replace it.',
  },
  conflict: {
    status: 409,
    exit: 1,
    meaning: 'Somebody else changed the register first; read it again and decide anew.',
  },
  'order-refused': {
    status: 409,
    exit: 1,
    meaning: 'The validators of the ledger refuse the order; the detail says why, with a code of docs/ledger.md.',
  },
  'not-taken': { status: 409, exit: 1, meaning: 'The entity is in a state that does not take this event.' },
  'not-computable': {
    status: 422,
    exit: 1,
    meaning: "An expression of the genome has no value for this request, or one beyond the bounds of its field's type.",
  },
  full: { status: 507, exit: 1, meaning: 'The organ holds as much as its genome lets it hold.' },
  'too-large': { status: 413, exit: 1, meaning: 'The body is larger than the stated limit.' },
  'wrong-hash': { status: 422, exit: 5, meaning: 'The bytes do not match the SHA-256 that names them.' },
  truncated: { status: 400, exit: 1, meaning: 'The body ended before the length it had declared.' },
  corrupt: {
    status: 500,
    exit: 5,
    meaning: 'Stored bytes fail their hash or signature and no other copy could be found.',
  },
  'no-authority': {
    status: 503,
    exit: 4,
    meaning: 'This fragment of the organism has no majority of voters; it reads and stores, but decides nothing.',
  },
  'no-committee': {
    status: 503,
    exit: 4,
    meaning: 'The ledger has no committee yet: fewer live cells than it has seats, or the founder has not named them.',
  },
  'not-enough-cells': {
    status: 503,
    exit: 4,
    meaning: 'Fewer live cells flushed the bytes than the promised number of copies needs.',
  },
  'maybe-elsewhere': {
    status: 503,
    exit: 4,
    meaning: 'The asked cells do not have it, but not every cell of the map could be asked.',
  },
  starting: { status: 503, exit: 4, meaning: 'The node has not joined its organism yet.' },
  stopping: { status: 503, exit: 4, meaning: 'The node is pausing or leaving and takes no new work.' },
  busy: { status: 503, exit: 4, meaning: 'A bounded queue is full; try again after the stated time.' },
  'disk-full': { status: 507, exit: 1, meaning: 'The disk has no room; everything acknowledged before is intact.' },
  unreachable: { status: 502, exit: 4, meaning: 'No connection to the node could be made, or it broke.' },
  'wrong-key': {
    status: 502,
    exit: 4,
    meaning: 'The node at that address presents another key than the one expected.',
  },
  deadline: { status: 504, exit: 4, meaning: 'There was no answer within the deadline.' },
  cancelled: { status: 499, exit: 130, meaning: 'The caller took the request back.' },
  refused: {
    status: 403,
    exit: 4,
    meaning: 'The organism does not admit this node: no valid invitation, or its key is revoked.',
  },
  'port-in-use': { status: 500, exit: 1, meaning: 'Another process listens on the port.' },
  'data-in-use': { status: 500, exit: 1, meaning: 'Another process uses the data folder.' },
  'data-too-new': { status: 500, exit: 1, meaning: 'The data folder was written by a newer version of PeerTree.' },
  'data-damaged': { status: 500, exit: 5, meaning: 'The data folder lacks or contradicts what a node needs to start.' },
  'mailbox-full': { status: 503, exit: 1, meaning: "The actor's mailbox is at its limit; the message was not taken." },
  'outbox-full': {
    status: 503,
    exit: 1,
    meaning: 'The queue to that peer is at its limit; the message was not taken.',
  },
  'no-actor': {
    status: 500,
    exit: 1,
    meaning: 'The addressed actor is not alive; the message is in the dead letters.',
  },
  superseded: {
    status: 409,
    exit: 1,
    meaning: 'A process with the same key and a higher incarnation is alive; this one must stop.',
  },
  'not-live': {
    status: 500,
    exit: 10,
    meaning: 'A simulated organism did not come to what it must come to once faults have stopped.',
  },
  'not-correct': { status: 500, exit: 11, meaning: 'A simulated organism did what it never may.' },
  system: { status: 500, exit: 1, meaning: 'The operating system refused: a file is missing or not permitted.' },
  internal: { status: 500, exit: 1, meaning: 'A defect of PeerTree itself; the log of the node says more.' },
} as const satisfies Record<string, { status: number; exit: number; meaning: string }>;

export type FaultCode = keyof typeof FAULTS;

/**
 * An expected failure. Compare `code`, never the message: the message is for people and may change.
 *
 * @example try { await node.get('x') } catch (error) { if (isFault(error, 'not-found')) ... }
 */
export class Fault extends Error {
  readonly code: FaultCode;
  /** Epoch or relative hints for the caller, such as `retryAfterMs`. */
  readonly retryAfterMs: number | undefined;

  constructor(code: FaultCode, detail?: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    const meaning = detail ?? FAULTS[code].meaning;
    const { stackTraceLimit } = Error;
    // An expected failure is told by its code and sentence: walking the stack costs more than all else about it.
    if (code !== 'internal') Error.stackTraceLimit = 0;
    super(meaning, options.cause === undefined ? undefined : { cause: options.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.name = 'Fault';
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }

  get status(): number {
    return FAULTS[this.code].status;
  }

  get exit(): number {
    return FAULTS[this.code].exit;
  }
}

export function isFault(error: unknown, code?: FaultCode): error is Fault {
  return error instanceof Fault && (code === undefined || error.code === code);
}

export function isFaultCode(code: string): code is FaultCode {
  return Object.hasOwn(FAULTS, code);
}
