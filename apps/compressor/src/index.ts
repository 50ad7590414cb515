export { folderTree } from './folder-tree.ts';
export { type CompressorOptions, runCompressor } from './run-compressor.ts';
export { doWork, type Result } from './work/do-work.ts';
export type { WorkContext } from './work/work-context.ts';
export { type WorkProcess, type WorkProcessOptions, workProcess } from './work-process.ts';
