import { suite } from './log-files.suite.ts';
import { testSample } from './suite.ts';

testSample(suite);
