import { suite } from './removal.suite.ts';
import { testSample } from './suite.ts';

testSample(suite);
