import { suite } from './isolation.suite.ts';
import { testSample } from './suite.ts';

testSample(suite);
