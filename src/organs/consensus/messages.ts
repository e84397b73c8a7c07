import { LIMITS } from '../../contract/limits.ts';
import {
  anything,
  count,
  either,
  flag,
  id,
  listOf,
  nothing,
  oneOf,
  shape,
  shardHash,
  text,
} from '../../contract/schema.ts';
import type { JsonObject } from '../../contract/words.ts';

const key = text(256);
const signature = text(128);
/** Milliseconds of a clock that may have fractions. */
const number: JsonObject = { type: 'number' };
const urls = listOf(text(512), 8);
const who = { node: id, spki: key, urls, zone: text(128), incarnation: count };
const member = shape({ ...who, revoked: { type: 'boolean' } });
const genomes = listOf(text(128), LIMITS.treesMax);
const weight: JsonObject = { enum: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] };
const invitation = shape({
  id,
  spki: key,
  usesLeft: { type: 'integer', minimum: 1, maximum: LIMITS.invitationUsesMax },
  expiresAt: count,
});
const write = shape({ key: text(LIMITS.registerKeyMax), expected: count, value: anything });
const command = (type: string, fields: { [name: string]: JsonObject }): JsonObject =>
  shape({ type: oneOf(type), ...fields });

const join = shape({ ...who, weight, genomes, invitation: either(nothing, shape({ id, signature })) });
const proof = shape({
  organism: id,
  generation: count,
  epoch: count,
  version: count,
  hash: shardHash,
  signatures: listOf(shape({ node: id, signature }), 16),
});
/** Entries are checked by their hash chain and its proof, which only voters can make. */
const record = shape({
  generation: count,
  epoch: count,
  index: count,
  at: count,
  hash: shardHash,
  entry: {
    type: 'object',
    required: ['type'],
    properties: {
      type: oneOf(
        'FOUND',
        'INVITE',
        'JOIN',
        'REPLACE',
        'RETURN',
        'VOTERS',
        'PROMOTE',
        'LEAD',
        'SET',
        'CONFIG',
        'ORDER',
      ),
    },
  },
});

const mark = shape({ index: count, epoch: count });
const told = (type: string, fields: { [name: string]: JsonObject } = {}): JsonObject =>
  shape({ type: oneOf(type), generation: count, epoch: count, ...fields });
const vouch = shape({ version: count, hash: shardHash, signature });
/** What voters, learners and their leader say to each other. */
const raftTalk = shape({
  messages: listOf(
    either(
      told('preVote', { last: mark }),
      told('preVoted', { asked: count, granted: flag }),
      told('vote', { last: mark, byTransfer: flag }),
      told('voted', { granted: flag }),
      told('append', { after: mark, records: listOf(record, LIMITS.raftBatchMax), commit: count }),
      told('appended', { index: count, abstains: flag }),
      told('rejected', { asked: count, hint: mark, abstains: flag }),
      told('heartbeat', { commit: mark, round: count, sentAt: number }),
      told('heard', { round: count, sentAt: number, lacks: flag, abstains: flag }),
      told('snapshot', { upTo: mark }),
      told('transfer'),
      told('stale'),
    ),
    LIMITS.raftTalkMax,
  ),
  'vouch?': vouch,
});

/** How the asker's log came to where it is: the answer begins where the two logs part. */
const lineage = listOf(shape({ generation: count, version: count }), LIMITS.generationsMax);

/** What peers may send to the consensus organ. */
export const consensusMessages: { readonly [kind: string]: JsonObject } = {
  'consensus.join': join,
  'consensus.propose': shape({
    command: either(
      command('return', { member, genomes, weight }),
      command('leave', { node: id, 'trees?': listOf(id, LIMITS.treesMax) }),
      command('revoke', { node: id, warrant: signature }),
      command('invite', { invitation }),
      command('set', { tree: id, writes: listOf(write, LIMITS.registerWritesMax) }),
      command('config', { key: text(128), value: anything }),
      command('order', { tree: id, hashes: listOf(shardHash, LIMITS.orderBatchMax) }),
    ),
  }),
  'consensus.read': nothing,
  'consensus.raft': raftTalk,
  'consensus.vouch': shape({ version: count, hash: shardHash }),
  'consensus.append': shape({ records: listOf(record, LIMITS.frameMessagesMax), proof }),
  'consensus.fetch': shape({ after: count, 'lineage?': lineage, 'generation?': count }),
};

const version = shape({ version: count });

export const consensusAnswers: { readonly [kind: string]: JsonObject } = {
  'consensus.join': version,
  'consensus.propose': version,
  'consensus.read': version,
  'consensus.raft': raftTalk,
  'consensus.vouch': vouch,
  'consensus.append': version,
  'consensus.fetch': shape({ records: listOf(record, LIMITS.logPageEntries), proof }),
};
