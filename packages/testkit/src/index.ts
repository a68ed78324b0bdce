/** What tests of every package share: builders, a clock to drive, contract suites. */
export * from './clock.ts';
