import { defineConfig } from 'vitest/config';

// What `npm run mutate` runs against each change of the ledger's rules: the specs that take milliseconds. The searches of
// the model and the bank's trials would find more, and take seconds for each of thousands of changes.
export default defineConfig({
  test: {
    include: ['test/unit/ledger/*.spec.ts'],
    exclude: ['test/unit/ledger/{bank-1,bank-2,model,model-mutants,witness}.spec.ts'],
    testTimeout: 10_000,
  },
});
