import { describeTrials } from './trials.ts';

describeTrials(1, 2);
