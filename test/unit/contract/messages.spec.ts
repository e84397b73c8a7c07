import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { PRESETS } from '../../../src/contract/limits.ts';
import { broadcastAnswers, broadcastMessages } from '../../../src/organs/broadcast/messages.ts';
import { consensusAnswers, consensusMessages } from '../../../src/organs/consensus/messages.ts';
import { pulseAnswers, pulseMessages } from '../../../src/organs/pulse/messages.ts';
import { shardAnswers, shardMessages } from '../../../src/organs/shards/messages.ts';
import { treeOrgan } from '../../../src/organs/tree/index.ts';
import { idOf } from '../../twins/memory-node.ts';

const tree = treeOrgan({ self: idOf('a'), tree: 'tree', timing: PRESETS.local });

const vocabularies = {
  broadcast: [broadcastMessages, broadcastAnswers],
  consensus: [consensusMessages, consensusAnswers],
  pulse: [pulseMessages, pulseAnswers],
  shards: [shardMessages, shardAnswers],
  tree: [tree.messages, tree.answers],
};

describe('the schemas of messages', () => {
  // Nodes don't check them against the meta-schema at every start: that they fit it is shown here.
  it.each(Object.entries(vocabularies))('of %s fit the meta-schema', (_, parts) => {
    const ajv = new Ajv({ strict: true, strictTypes: false });
    const schemas = parts.flatMap((part) => Object.values(part ?? {}));
    expect(schemas.length).toBeGreaterThan(0);
    for (const schema of schemas) expect(ajv.validateSchema(schema), ajv.errorsText()).toBe(true);
  });
});
