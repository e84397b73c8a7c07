import { tryTokens } from './token-trial.ts';

tryTokens('examples/genomes/job-queue.genome.yaml', [], 250);
