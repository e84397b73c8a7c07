import { describeGenomeTrials } from './genome-trials.ts';

describeGenomeTrials(101, 50);
