import { describeMutants } from './describe-mutants.ts';

describeMutants(0, 2);
