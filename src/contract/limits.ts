/**
 * Every bound of the runtime, each with its number and unit in one place; docs/limits.md is generated from it, and each
 * has a test at the limit and one past it. `LIMITS.name` is the number.
 */
const TABLE = {
  frameBytesMax: [1_048_576, 'bytes', 'A frame on the wire; larger ones are refused before they are read.'],
  frameMessagesMax: [512, 'messages', 'Messages in one frame.'],
  frameDepthMax: [64, 'levels', 'Nesting of JSON in a frame.'],
  messageBytesMax: [262_144, 'bytes', 'The body of one message.'],
  skewMaxMs: [600_000, 'ms', 'Difference of two clocks before a node says plainly that one is off.'],
  replayWindow: [1024, 'frames', 'Sequence numbers per peer and lane within which a repeated frame is recognised.'],
  replyCacheBytesMax: [4_194_304, 'bytes', 'Stored answers of ordered frames, for repeats of the same bytes.'],
  mailboxMax: [1024, 'messages', 'Messages waiting in an actor; the next send fails with mailbox-full.'],
  stashMax: [256, 'messages', 'Messages an actor holds back while its mode changes.'],
  actorDeadLettersMax: [1024, 'letters', "Letters kept by a node's actor systems in memory, oldest dropped first (counted)."],
  restartIntensity: [5, 'restarts', 'Restarts of an organ within restartPeriodMs before the failure climbs.'],
  restartPeriodMs: [10_000, 'ms', 'The period of restartIntensity.'],
  restartBackoffMinMs: [200, 'ms', 'First pause before a restart; doubled each time, with jitter.'],
  restartBackoffMaxMs: [30_000, 'ms', 'Longest pause before a restart.'],
  askDeadlineMs: [5_000, 'ms', 'A question to a peer or an actor without a deadline of its own.'],
  outboxPerPeerMax: [10_000, 'messages', 'Messages waiting for one peer; the next one fails with outbox-full.'],
  outboxBytesPerPeerMax: [67_108_864, 'bytes', 'Bytes waiting for one peer.'],
  outboxExpiryMs: [86_400_000, 'ms', 'How long a message waits for a peer before it becomes a dead letter.'],
  deadLettersMax: [10_000, 'letters', 'Dead letters kept on disk; beyond it the oldest are dropped, counted and logged.'],
  logRetained: [4_096, 'entries', 'Entries of the organism log kept for catching up; older peers get a snapshot.'],
  logPageEntries: [256, 'entries', 'Entries in one answer to a peer that catches up.'],
  snapshotPageRegisters: [512, 'registers', 'Registers in one page of a snapshot.'],
  commitBatchMax: [256, 'commands', 'Commands that the leader commits with one flush.'],
  proposalsPendingMax: [4_096, 'commands', 'Commands waiting at the leader; the next one is answered busy.'],
  registerValueMax: [4_096, 'bytes', "A register's value in canonical JSON."],
  registerKeyMax: [1_200, 'bytes', "A register's key in UTF-8."],
  registerWritesMax: [16, 'registers', 'Registers changed by one SET, all or none.'],
  fanoutMax: [64, 'children', 'Children per cell of a tree.'],
  adoptionExtra: [4, 'children', 'Orphans a cell takes beyond its fan-out.'],
  treesMax: [64, 'trees', 'Trees of one organism, so cells of one node.'],
  nodesMax: [16_384, 'nodes', 'Members of one organism.'],
  membersDepartedProbed: [256, 'nodes', 'Departed members that a node goes on probing, one a second.'],
  invitationUsesMax: [10_000, 'uses', 'Newcomers that one invitation lets in.'],
  joinBatchMax: [256, 'nodes', 'Newcomers in one JOIN entry.'],
  broadcastRetained: [1_024, 'messages', 'Broadcasts kept per tree, so that those who missed one can fetch it.'],
  broadcastExpiryMs: [600_000, 'ms', 'A broadcast is relayed and fetched no longer than this.'],
  shardBytesMin: [65_536, 'bytes', 'Smallest shard size a genome may choose.'],
  shardBytesMax: [4_194_304, 'bytes', 'Largest shard size a genome may choose, and largest shard taken.'],
  shardBytesDefault: [1_048_576, 'bytes', 'Shard size where the genome says nothing.'],
  pageEntriesMax: [1_024, 'entries', "Shards named by one page of a file's map."],
  headEntriesMax: [16, 'entries', "Shards named in a file's head itself; beyond it the map has pages."],
  filePagesMax: [40, 'pages', 'Pages of one map: about 40 GiB at the default shard size.'],
  fileNameBytesMax: [1_024, 'bytes', "A file's name in UTF-8."],
  filesPageMax: [1_000, 'files', 'Files in one page of a listing.'],
  putWindow: [4, 'shards', 'Shards of one put under way at once.'],
  getWindow: [4, 'shards', 'Shards of one get read ahead.'],
  repairWindow: [4, 'shards', 'Shards a cell re-copies at once.'],
  haveBatchMax: [1_024, 'hashes', 'Hashes in one question about who has what.'],
  requestsInFlightMax: [256, 'requests', 'Requests a node works on at once before it answers busy.'],
  headersTimeoutMs: [10_000, 'ms', 'Time for a client to send its headers.'],
  genomeBytesMax: [262_144, 'bytes', 'A genome file.'],
  invitationTokenMax: [4_096, 'characters', 'An invitation token.'],
} as const satisfies Record<string, readonly [value: number, unit: string, meaning: string]>;

export type LimitName = keyof typeof TABLE;

export const LIMIT_TABLE: Readonly<Record<LimitName, readonly [value: number, unit: string, meaning: string]>> = TABLE;

export const LIMITS: Readonly<Record<LimitName, number>> = Object.fromEntries(
  Object.entries(TABLE).map(([name, row]) => [name, row[0]]),
) as Record<LimitName, number>;

/** How fast suspicion works. All in milliseconds; `lan` is the preset that figures are stated for. */
export const PRESETS = {
  /** One machine. */
  local: { probeEveryMs: 500, probeTimeoutMs: 250, suspectHoldMs: 500, beatEveryMs: 500, sovereignForMs: 3_000, retryMinMs: 100, retryMaxMs: 1_000 },
  /** One site. An alert needs two rounds in a row, so a death is reported after about 2 x probeEveryMs. */
  lan: { probeEveryMs: 1_000, probeTimeoutMs: 500, suspectHoldMs: 1_000, beatEveryMs: 1_000, sovereignForMs: 6_000, retryMinMs: 200, retryMaxMs: 3_000 },
  /** Several sites. */
  wan: { probeEveryMs: 3_000, probeTimeoutMs: 1_500, suspectHoldMs: 3_000, beatEveryMs: 3_000, sovereignForMs: 18_000, retryMinMs: 500, retryMaxMs: 10_000 },
} as const;

export type Timing = (typeof PRESETS)[keyof typeof PRESETS];
