import { suite } from './clock.suite.ts';
import { testSample } from './suite.ts';

testSample(suite);
