import { describeTrials } from './trials.ts';

describeTrials(51, 50);
