import { isShardHash } from '../../contract/encoding.ts';
import { Fault, isFault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Register } from '../../contract/services.ts';
import { slotOf } from '../../contract/slots.ts';
import type { ShardHash } from '../../contract/words.ts';
import { type IndexContext, mapOf } from './context.ts';
import { type Model, sampleOf, TRAINABLE_FILES } from './model/model.ts';
import { decodeModel, encodeModel } from './model/model-bytes.ts';

/**
 * How cells come to have the same models: the root of the tree trains one on the files that it holds, keeps it as shards and
 * names these in a register; everybody takes over what the register names.
 */

/** A scope's model in its register `model:<scope>`. */
type Lesson = {
  readonly generation: number;
  /** Files of the scope, as far as the root holds them, when it was trained. */
  readonly files: number;
  readonly shards: readonly ShardHash[];
};

/** A model is trained again once there are so many times the files. */
const GROWTH = 1.2;
const PREFIX = 'model:';
const SHARDS_MAX = 32;

/** Takes over every model that is newer than what this cell has. Those that can't be had yet are had at the next try. */
export async function learn(context: IndexContext, signal: AbortSignal): Promise<void> {
  const { registers, memory, ports } = context;
  for (const register of registers.list({ prefix: PREFIX, limit: LIMITS.searchScopesMax })) {
    const lesson = lessonIn(register);
    const scope = register.key.slice(PREFIX.length);
    if (lesson === undefined || lesson.generation <= (memory.models.get(scope)?.generation ?? 0)) continue;
    try {
      memory.adopt(scope, await fetchModel(context, lesson, signal));
    } catch (error) {
      if (!isFault(error)) throw error;
      ports.log.debug('memory.unlearnt', { scope, generation: lesson.generation, code: error.code });
    }
  }
}

async function fetchModel({ shards }: IndexContext, lesson: Lesson, signal: AbortSignal): Promise<Model> {
  const pieces: Uint8Array[] = [];
  for (const hash of lesson.shards) pieces.push(await shards.get(hash, { signal }));
  const model = decodeModel(Buffer.concat(pieces));
  if (model.generation !== lesson.generation)
    throw new Fault('corrupt', 'the model is of another generation than its register says');
  return model;
}

/** At the root: trains the models of scopes that have grown enough since the last time. */
export async function teach(context: IndexContext, signal: AbortSignal): Promise<void> {
  const { memory, registers, tree, ports } = context;
  const map = mapOf(context);
  if (map === undefined || slotOf(map, tree.self) !== 1 || !tree.sovereign()) return;
  const scopes = new Set(memory.partitions().flatMap((part) => part.scopes()));
  for (const scope of [...scopes].sort().slice(0, LIMITS.searchScopesMax)) {
    const indexes = memory.partitions().flatMap((part) => part.shelves([scope]).map(({ index }) => index));
    const files = indexes.reduce((sum, index) => sum + index.size, 0);
    const [register] = registers.list({ prefix: PREFIX + scope, limit: 1 });
    const known = lessonIn(register);
    if (files < TRAINABLE_FILES || (known !== undefined && files < GROWTH * known.files)) continue;
    const model = await context.train(sampleOf(indexes), (known?.generation ?? 0) + 1);
    if (model === undefined || signal.aborted) continue;
    const lesson: Lesson = { generation: model.generation, files, shards: await keep(context, encodeModel(model)) };
    await registers.set([{ key: PREFIX + scope, expected: register?.version ?? 0, value: lesson }]);
    ports.log.info('memory.trained', { scope, generation: model.generation, files, terms: model.terms.length });
  }
}

async function keep({ shards }: IndexContext, bytes: Uint8Array): Promise<ShardHash[]> {
  const hashes: ShardHash[] = [];
  for (let at = 0; at < bytes.byteLength; at += LIMITS.shardBytesDefault) {
    hashes.push(await shards.put(bytes.slice(at, at + LIMITS.shardBytesDefault)));
  }
  return hashes;
}

function lessonIn(register: Register | undefined): Lesson | undefined {
  const value = register?.value as Partial<Lesson> | null | undefined;
  const isLesson =
    typeof value?.generation === 'number' &&
    typeof value.files === 'number' &&
    Array.isArray(value.shards) &&
    value.shards.length <= SHARDS_MAX &&
    value.shards.every((hash) => typeof hash === 'string' && isShardHash(hash));
  return isLesson ? (value as Lesson) : undefined;
}
