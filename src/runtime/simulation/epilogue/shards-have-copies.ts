import type { Epilogue } from './epilogue.ts';

const LOOK_EVERY_MS = 1_000;

export const shardsHaveCopies: Epilogue = {
  name: 'shards-have-copies',
  promise: 'Once faults have stopped every shard has its copies on live nodes again.',
  how: "The nodes' own count of shards that lack copies is read until it is zero.",
  holds: 'in the end',
  run: async ({ world, patienceMs, violate }) => {
    const deadline = world.now + patienceMs;
    for (;;) {
      const { underReplicated } = (await world.status()).storage;
      if (underReplicated === 0) return;
      if (world.now > deadline) violate(`${underReplicated} shards still lack copies after ${patienceMs} ms`);
      await world.advance(LOOK_EVERY_MS);
    }
  },
};
