import { suite } from './kill.suite.ts';
import { testSample } from './suite.ts';

testSample(suite);
