import { samplerContract } from './testing.ts';
import { learnsContract } from './testing-learning.ts';
import { makeTtCross } from './tt-cross.ts';

samplerContract('tt-cross', makeTtCross);
learnsContract('tt-cross', makeTtCross);
