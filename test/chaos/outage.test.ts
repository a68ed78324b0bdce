import { suite } from './outage.suite.ts';
import { testSample } from './suite.ts';

testSample(suite);
