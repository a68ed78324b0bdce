import { suite } from './damage.suite.ts';
import { testSample } from './suite.ts';

testSample(suite);
