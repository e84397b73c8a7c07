import { tryTokens } from './token-trial.ts';

tryTokens('examples/genomes/chat-room.genome.yaml', [], 250);
