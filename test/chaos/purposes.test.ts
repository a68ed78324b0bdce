import { suite } from './purposes.suite.ts';
import { testSample } from './suite.ts';

testSample(suite);
