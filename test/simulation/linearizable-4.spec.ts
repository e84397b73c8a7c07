import { describeGenomeTrials } from './genome-trials.ts';

describeGenomeTrials(151, 50);
