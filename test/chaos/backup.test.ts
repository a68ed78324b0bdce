import { suite } from './backup.suite.ts';
import { testSample } from './suite.ts';

testSample(suite);
