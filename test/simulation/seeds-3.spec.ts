import { describeTrials } from './trials.ts';

describeTrials(101, 50);
