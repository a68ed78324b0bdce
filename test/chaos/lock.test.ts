import { suite } from './lock.suite.ts';
import { testSample } from './suite.ts';

testSample(suite);
