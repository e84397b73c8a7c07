import { describeTrials } from './trials.ts';

describeTrials(151, 50);
