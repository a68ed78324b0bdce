import { suite } from './senders.suite.ts';
import { testSample } from './suite.ts';

testSample(suite);
