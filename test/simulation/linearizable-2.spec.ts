import { describeGenomeTrials } from './genome-trials.ts';

describeGenomeTrials(51, 50);
