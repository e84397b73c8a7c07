import { describeGenomeTrials } from './genome-trials.ts';

describeGenomeTrials(1, 50);
