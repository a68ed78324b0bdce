import { suite } from './history.suite.ts';
import { testSample } from './suite.ts';

testSample(suite);
