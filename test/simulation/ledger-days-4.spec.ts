import { bankDays } from './ledger/bank-days.ts';

bankDays(76);
