import { tryTokens } from './token-trial.ts';

// The texts that a field may be are declared with it: its place is shown.
tryTokens('examples/genomes/ticket-desk.genome.yaml', [/message[.]state[.]enum text$/], 220);
