import { suite } from './ledger.suite.ts';
import { testSample } from './suite.ts';

testSample(suite);
