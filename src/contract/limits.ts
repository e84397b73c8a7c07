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
  messageIdMax: [128, 'characters', 'The id of a message.'],
  messageKindMax: [64, 'characters', 'The kind of a message, and the code of a refusal.'],
  frameStrangerBytesMax: [16_384, 'bytes', "A frame of a key that is not a member's, which can only ask to join."],
  framesPerPeerMax: [
    16,
    'frames',
    'Frames of one peer that a node works on at once before it answers busy; all strangers together have as many.',
  ],
  controlFramesMax: [4, 'frames', 'Control frames under way to one peer, prompt and patient ones apart.'],
  promptDeadlineMs: [
    2_000,
    'ms',
    'Questions with a deadline up to this never share a frame with those that may take longer.',
  ],
  controlQueueMax: [
    1_024,
    'messages',
    'Control messages waiting for one peer; the oldest is answered busy to make room.',
  ],
  frameAttemptMs: [2_000, 'ms', 'How long an ordered frame waits for its answer before the same bytes are sent again.'],
  resendMinMs: [50, 'ms', 'First pause before an ordered frame is sent again; doubled each time, with jitter.'],
  resendMaxMs: [1_000, 'ms', 'Longest pause before an ordered frame is sent again.'],
  frameRemakesMax: [3, 'times', 'How often one frame is made again because its receiver says it was restarted.'],
  replyBytesMax: [4_194_304, 'bytes', 'The answer to one frame; what no longer fits is left out and said so.'],
  answerTimeoutMs: [30_000, 'ms', 'How long a frame waits for the organs it was handed to.'],
  linkHeldMax: [65_536, 'deliveries', 'What one held link of a simulated network keeps for its release.'],
  mailboxMax: [1024, 'messages', 'Messages waiting in an actor; the next send fails with mailbox-full.'],
  mailboxReserve: [
    256,
    'messages',
    "Room beyond mailboxMax for an actor's own timers and answers, so that a flood can't make it lose one.",
  ],
  heldStepsMax: [1024, 'steps', 'Steps of an actor that wait for the disk; at the limit it takes no further message.'],
  signalsPerStepMax: [64, 'signals', "Events that one message sends through an actor's machine; more is a defect."],
  deferredMax: [1024, 'replies', 'Replies an actor owes; the next question is answered busy.'],
  asksPendingMax: [
    1024,
    'questions',
    'Questions of an actor that wait for an answer; the next one is answered busy at once.',
  ],
  schedulerBatch: [64, 'messages', "Messages one actor handles before the next actor's turn."],
  schedulerSliceMs: [8, 'ms', 'How long actors run before the event loop may do something else.'],
  schedulerSliceMessages: [65_536, 'messages', 'The same by number, for clocks that stand still while actors run.'],
  busBacklogMax: [1024, 'events', 'Events emitted by listeners of the bus while another event is being delivered.'],
  busyRetryMs: [100, 'ms', 'What a full mailbox asks its callers to wait.'],
  stashMax: [256, 'messages', 'Messages an actor holds back while its mode changes.'],
  actorDeadLettersMax: [
    1024,
    'letters',
    "Letters kept by a node's actor systems in memory, oldest dropped first (counted).",
  ],
  restartIntensity: [5, 'restarts', 'Restarts of an organ within restartPeriodMs before the failure climbs.'],
  restartPeriodMs: [10_000, 'ms', 'The period of restartIntensity.'],
  restartBackoffMinMs: [200, 'ms', 'First pause before a restart; doubled each time, with jitter.'],
  restartBackoffMaxMs: [30_000, 'ms', 'Longest pause before a restart.'],
  askDeadlineMs: [5_000, 'ms', 'A question to a peer or an actor without a deadline of its own.'],
  outboxPerPeerMax: [10_000, 'messages', 'Messages waiting for one peer; the next one fails with outbox-full.'],
  outboxBytesPerPeerMax: [67_108_864, 'bytes', 'Bytes waiting for one peer.'],
  outboxExpiryMs: [86_400_000, 'ms', 'How long a message waits for a peer before it becomes a dead letter.'],
  outboxDeadlineMs: [10_000, 'ms', 'How long an ordered frame is tried before its peer counts as unreachable.'],
  outboxFlushMessages: [64, 'messages', 'Messages in one frame to a peer that has just come back.'],
  outboxPaceMs: [20, 'ms', 'Pause after each frame to a peer that has just come back.'],
  outboxHoldMaxMs: [10_000, 'ms', 'Longest that a busy receiver holds back what one cell has for it.'],
  outboxSweepMs: [60_000, 'ms', 'Between two looks at the queue for messages that have waited too long.'],
  deadLettersMax: [
    10_000,
    'letters',
    'Dead letters kept on disk; beyond it the oldest are dropped, counted and logged.',
  ],
  viewCheckpointEntries: [
    64,
    'entries',
    'Log entries between two copies of the whole view on the disk; a start replays at most so many.',
  ],
  logPageEntries: [256, 'entries', 'Entries in one answer to a peer that catches up.'],
  logGatherMax: [
    1_048_576,
    'entries',
    'Entries that a node gathers from a peer before their proof; a longer log needs snapshots.',
  ],
  commitBatchMax: [256, 'commands', 'Commands that the leader commits with one proof.'],
  proposalsPendingMax: [4_096, 'commands', 'Commands waiting at the leader; the next one is answered busy.'],
  answersOwedMs: [
    60_000,
    'ms',
    'How long a command waits for its copies before its answer is given up; whoever asked has done so long before.',
  ],
  pushRecordsMax: [
    256,
    'entries',
    'Newest entries that the leader keeps at hand to push; who lags more fetches pages.',
  ],
  replaceMovesMax: [512, 'moves', 'Moves in one REPLACE; when more nodes die at once, several follow each other.'],
  registerValueMax: [4_096, 'bytes', "A register's value in canonical JSON."],
  registerKeyMax: [1_200, 'bytes', "A register's key in UTF-8."],
  registerWritesMax: [16, 'registers', 'Registers changed by one SET, all or none.'],
  fanoutMax: [64, 'children', 'Children per cell of a tree.'],
  adoptionExtra: [4, 'children', 'Orphans a cell takes beyond its fan-out.'],
  parentTriesMax: [8, 'tries', 'How often a cell waits for its parent that is only busy before it asks others.'],
  treesMax: [64, 'trees', 'Trees of one organism, so cells of one node.'],
  nodesMax: [16_384, 'nodes', 'Members of one organism.'],
  membersDepartedProbed: [256, 'nodes', 'Departed members that a node goes on probing, one a second.'],
  invitationUsesMax: [10_000, 'uses', 'Newcomers that one invitation lets in.'],
  invitationsMax: [1_024, 'invitations', 'Invitations of one organism that are neither used up nor expired.'],
  configKeysMax: [256, 'keys', "Keys of an organism's CONFIG; a value is as small as a register's."],
  joinBatchMax: [256, 'nodes', 'Newcomers in one JOIN entry.'],
  departedProbeMs: [1_000, 'ms', 'Between two probes of departed members, one after the other.'],
  relaysPerProbe: [3, 'nodes', 'Nodes that are asked to probe one that does not answer.'],
  relaysOwedMax: [64, 'probes', 'Probes for others that a node has under way; the next request is answered busy.'],
  probeBackoffMaxMs: [3_000, 'ms', 'Longest pause between two probes of a node that stays silent.'],
  localHealthMax: [8, 'points', 'How bad a node may think of itself: its timeouts are stretched up to 1 + 8 times.'],
  alertSuspectsMax: [256, 'nodes', 'Suspects in one alert to the leader.'],
  waveSlotsMax: [256, 'slots', 'Slots that a node looks at for live cells below it, in place of dead children.'],
  pauseMaxMs: [3_600_000, 'ms', 'Longest pause that a node may announce; beyond it it is suspected like any other.'],
  broadcastRetained: [1_024, 'messages', 'Broadcasts kept per tree, so that those who missed one can fetch it.'],
  broadcastHeldMax: [
    256,
    'messages',
    'Broadcasts of one origin held back for an earlier one; beyond it the gap is given up.',
  ],
  broadcastOriginsMax: [256, 'origins', 'Lives of authors per tree whose numbers a node remembers, the last heard of.'],
  broadcastGathersMax: [
    64,
    'counts',
    'Confirmed broadcasts on their way through a node; further ones are not counted.',
  ],
  broadcastFetchMax: [64, 'messages', 'Broadcasts in one answer to a node that missed them.'],
  broadcastConfirmMs: [2_500, 'ms', 'How long the origin of a confirmed broadcast waits for the count.'],
  broadcastMarginMs: [200, 'ms', 'What each level of the tree keeps of that time for its own answer.'],
  broadcastHopMs: [1_000, 'ms', 'How long a cell waits for the one below before it serves the cells below that.'],
  broadcastGapMs: [250, 'ms', 'How long a broadcast waits for the one before it until that is asked for.'],
  broadcastDigestMs: [5_000, 'ms', 'Between two comparisons with a neighbour, while something was told lately.'],
  broadcastRepairMs: [30_000, 'ms', 'How long after a broadcast neighbours go on comparing.'],
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
  spreadCellsMax: [16, 'cells', 'Cells that one put of a shard tries, the best ranked first.'],
  seekWindow: [8, 'cells', 'Cells asked at once for a shard.'],
  auditWindow: [8, 'shards', 'Shards of one file that are audited at once.'],
  missingListed: [1_000, 'hashes', 'Missing shards that a verification lists by name.'],
  repairAsksMax: [8, 'peers', 'Peers a cell asks at once which shards they have.'],
  repairSlice: [2_048, 'shards', 'Shards whose copies are planned before the event loop may do something else.'],
  hintsMax: [4_096, 'hints', 'Copies owed to cells that missed a put, kept in memory until they are queued.'],
  trimBatchMax: [8_192, 'shards', 'Shards a cell may give up in one round.'],
  fileAttemptsMax: [16, 'attempts', 'How often a put or removal starts again because its name was changed meanwhile.'],
  requestsInFlightMax: [256, 'requests', 'Requests a node works on at once before it answers busy.'],
  discardBytesMax: [
    16_777_216,
    'bytes',
    'Rest of a refused body that is read and dropped, so that its sender sees the answer; then the socket is closed.',
  ],
  operatorBodyMax: [16_384, 'bytes', "JSON body of an operator's request, such as an invitation's options."],
  headersTimeoutMs: [10_000, 'ms', 'Time for a client to send its headers.'],
  bodyTimeoutMs: [30_000, 'ms', 'Time for a peer to send a whole frame or shard.'],
  socketIdleMs: [30_000, 'ms', 'A client closes a connection that was idle as long; the server waits twice that.'],
  socketSilenceMs: [
    120_000,
    'ms',
    'A connection on which no byte moved for as long in the middle of a request is closed.',
  ],
  connectTimeoutMs: [5_000, 'ms', 'Time for a connection to a peer to be made, its key checked.'],
  shardConnectionsMax: [4, 'connections', 'Connections to one peer that carry shards; more transfers wait for them.'],
  closeGraceMs: [5_000, 'ms', 'How long requests in flight may go on after a membrane was told to close.'],
  connectionsMax: [1_024, 'connections', 'Connections that a node accepts at once.'],
  connectionPoolsMax: [
    256,
    'pools',
    'Peers and purposes that a node keeps connections for; the one unused for longest is closed.',
  ],
  genomeBytesMax: [262_144, 'bytes', 'A genome file.'],
  genomeDepthMax: [32, 'levels', 'Nesting of a genome file.'],
  genomeValuesMax: [20_000, 'values', 'Values in a genome file, counted as often as aliases repeat them.'],
  genomeProblemsMax: [100, 'problems', 'Problems of genome files that are reported one by one.'],
  genomeOrgansMax: [64, 'organs', 'Organs of one genome.'],
  genomeReceptorsMax: [256, 'receptors', 'Receptors of one genome.'],
  genomeTextMax: [1_000, 'characters', 'A name, path or sentence in a genome file.'],
  copiesMax: [8, 'copies', 'Copies of a shard that a genome may ask for.'],
  bodyBytesMax: [
    171_798_691_840,
    'bytes',
    'Largest body that a genome may let a receptor take: a map full of the largest shards.',
  ],
  restartIntensityMax: [1_000, 'restarts', 'Largest intensity a genome may choose.'],
  restartPeriodMaxMs: [3_600_000, 'ms', 'Longest period of an intensity a genome may choose.'],
  clientIdleMs: [60_000, 'ms', 'A client gives a request up when nothing moves for so long.'],
  clientProbeMs: [2_000, 'ms', 'How long a client waits for a node to say that it is live.'],
  clientAnswerBytesMax: [67_108_864, 'bytes', 'A JSON answer that a client takes.'],
  upNodesMax: [64, 'nodes', 'Nodes that one `peertree up` supervises.'],
  upWholeMs: [120_000, 'ms', 'How long `peertree up` waits for every tree to be whole.'],
  upDrainMs: [30_000, 'ms', 'How long a node may take to pause before `peertree up` ends it.'],
  upLineBytesMax: [65_536, 'bytes', 'One line that a supervised node prints.'],
  upTailLines: [20, 'lines', "Last lines of a node's messages that are shown when it fails."],
  organismFileBytesMax: [1_048_576, 'bytes', 'organism.json, which lists the nodes of a data folder.'],
  logsTailBytes: [1_048_576, 'bytes', "What `peertree logs` reads of the end of each node's log."],
  invitationTokenMax: [4_096, 'characters', 'An invitation token.'],
  signerKeysMax: [1_024, 'keys', "Peers' public keys kept ready for verifying."],
  folderLockWaitMs: [5_000, 'ms', 'How long a starting node waits for others that try to take the same data folder.'],
  storeKeyMax: [1_978, 'bytes', 'A key of the store in UTF-8.'],
  storeCommitsMax: [16_384, 'commits', 'Commits waiting for the flush; the next one fails with busy.'],
  storePendingBytesMax: [
    268_435_456,
    'bytes',
    'Shard bytes waiting for the flush; a commit beyond it fails with busy.',
  ],
  logFileBytesMax: [16_777_216, 'bytes', 'log.ndjson; then it becomes log.ndjson.1 and a new one begins.'],
  logBufferBytesMax: [65_536, 'bytes', 'Log lines gathered before they are written.'],
  logLineBytesMax: [16_384, 'bytes', 'A line of the log; a longer one is replaced by its event and its size.'],
  memoryLogLinesMax: [10_000, 'lines', 'Lines that a log in memory keeps, oldest dropped first (counted).'],
  virtualEventsMax: [
    4_194_304,
    'events',
    'Events waiting on the virtual clock; the next one is an error of the simulation.',
  ],
  simultaneousEventsMax: [1_048_576, 'events', 'Events at one moment of virtual time before it is called a livelock.'],
} as const satisfies Record<string, readonly [value: number, unit: string, meaning: string]>;

export type LimitName = keyof typeof TABLE;

export const LIMIT_TABLE: Readonly<Record<LimitName, readonly [value: number, unit: string, meaning: string]>> = TABLE;

export const LIMITS: Readonly<Record<LimitName, number>> = Object.fromEntries(
  Object.entries(TABLE).map(([name, row]) => [name, row[0]]),
) as Record<LimitName, number>;

/**
 * How fast suspicion works, all in milliseconds; `lan` is the preset that figures are stated for.
 *
 * A node that falls silent is condemned after about
 *
 *     U(0, probeEvery)        it was heard last, and is probed once it has been silent for a round
 *     + 4 x probeTimeout      two rounds in a row: its own answer, then that of three relays
 *     + suspectHold           a third chance; any sign of life by anyone clears it
 *     + probeTimeout          the leader's own probe
 *     + probeEvery / 8        the cut stays open for those that died with it
 *
 * times 1 + local health where this node is slow itself. A refused connection answers at once, so a killed process costs
 * only the hold. `probeTimeoutMs` is above ten round trips and a long pause of the event loop; what a node must be
 * able to sleep through without losing its slots is the whole sum without its first term. `sovereignForMs` is six
 * beats: four may be lost in a row, and one is under way.
 */
export const PRESETS = {
  /** One machine: a killed process is condemned after about 1.3 s, a hung one after 3.3 s (it shares the cores, so patience is cheap). */
  local: {
    probeEveryMs: 500,
    probeTimeoutMs: 400,
    suspectHoldMs: 1_000,
    beatEveryMs: 500,
    sovereignForMs: 3_000,
    retryMinMs: 100,
    retryMaxMs: 1_000,
    reconcileMs: 10_000,
  },
  /** One site, round trips of 20 ms: a silent node is condemned after about 2.8 s, a killed process after 1.3 s. */
  lan: {
    probeEveryMs: 1_000,
    probeTimeoutMs: 300,
    suspectHoldMs: 700,
    beatEveryMs: 1_000,
    sovereignForMs: 6_000,
    retryMinMs: 200,
    retryMaxMs: 3_000,
    reconcileMs: 30_000,
  },
  /** Several sites, round trips of up to 150 ms: a silent node is condemned after about 12 s. */
  wan: {
    probeEveryMs: 3_000,
    probeTimeoutMs: 1_500,
    suspectHoldMs: 3_000,
    beatEveryMs: 3_000,
    sovereignForMs: 18_000,
    retryMinMs: 500,
    retryMaxMs: 10_000,
    reconcileMs: 60_000,
  },
} as const;

export type Timing = (typeof PRESETS)[keyof typeof PRESETS];
