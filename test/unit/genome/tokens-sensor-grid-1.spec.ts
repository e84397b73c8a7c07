import { FREE } from './sensor-grid-words.ts';
import { tryTokens } from './token-trial.ts';

tryTokens('examples/genomes/sensor-grid.genome.yaml', FREE, 380, [0, 2]);
