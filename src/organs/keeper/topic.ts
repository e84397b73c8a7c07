import type { Json, JsonObject } from '../../contract/words.ts';
import { addressOf } from './address.ts';
import { type Craft, refusal } from './craft.ts';

export interface TopicCraft {
  readonly name: string;
  read(verb: string, body: Json): JsonObject;
}

/** Messages for whoever listens: nothing of them is kept, they are told to all cells of the tree. */
export function topicCraft({ name, read }: TopicCraft): Craft {
  return {
    read,
    placeOf: () => addressOf('post', name, ''),
    needsFresh: () => false,
    decide: () => refusal('no-receptor', 'a topic is only told'),
    dueAt: () => undefined,
    atDue: () => undefined,
    counted: [],
    topic: name,
  };
}
