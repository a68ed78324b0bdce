import { testSample } from './suite.ts';
import { suite } from './typed.suite.ts';

testSample(suite);
