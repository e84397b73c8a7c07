import { describeTrials } from './trials.ts';

describeTrials(9, 8);
