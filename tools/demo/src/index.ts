export { type WriteDatasetOptions, writeDataset } from './write-dataset.ts';
