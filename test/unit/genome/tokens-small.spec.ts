import { tryTokens } from './token-trial.ts';

tryTokens(
  'examples/genomes/crono-tree.genome.yaml',
  [
    // What its own code reads, and only that.
    /^organs[.]clock[.](file|state)/,
    /^organs[.]clock[.]events[.]\w+[.]\w+ key$/,
    /^organs[.]clock[.]replies[.]read[.]fields[.]\w+ key$/,
    /^organs[.]pulse key$/,
    /^organs[.]pulse[.]jobs[.]\w+ key$/,
  ],
  40,
);

tryTokens('genomes/shardTree.genome.yaml', [], 35);
// What it uses is another genome, which is looked for where they are checked together.
tryTokens('genomes/ftreeFileMgr.genome.yaml', [/^organs[.]maps[.]uses text$/], 40);
