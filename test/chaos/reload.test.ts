import { suite } from './reload.suite.ts';
import { testSample } from './suite.ts';

testSample(suite);
