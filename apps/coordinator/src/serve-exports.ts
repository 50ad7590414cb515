import type { ServerResponse } from 'node:http';
import type { BlobStore } from '@fleetfit/artifacts';
import { candidateId, type Log, sweepId, toFleetError } from '@fleetfit/core';
import type { SweepState } from '@fleetfit/sweep';
import { exportBundle } from './export-bundle.ts';
import { aboutCandidate, aboutWinner, exportCandidate, exportModel, listExports } from './export-winner.ts';
import type { SweepRunner } from './sweep-runner.ts';

/** Where files are fetched, on the operator listener. */
export const EXPORT_PATH = '/export/';

interface ExportHandlerOptions {
  readonly sweeps: SweepRunner;
  readonly blobs: BlobStore;
  readonly log: Log;
}

interface ExportFile {
  readonly type: string;
  readonly bytes: Uint8Array;
  /** Absent for what is read where it is. */
  readonly name?: string;
}

/**
 * `/export/SWEEP/CLASS.onnx` is the best of a class, `/export/SWEEP/candidate/ID.onnx` any candidate; `.json` what is known of it: recipe,
 * figures, conditions. `/export/SWEEP/bundle-N.zip` holds the N files that serve all classes.
 */
export function exportHandler({ sweeps, blobs, log }: ExportHandlerOptions) {
  return async (pathname: string, response: ServerResponse): Promise<void> => {
    const [, sweep = '', what = ''] = /^\/export\/([\w-]+)\/((?:candidate\/)?[\w-]+\.(?:onnx|json|zip))$/.exec(pathname) ?? [];
    try {
      const { type, bytes, name } = await fileOf(sweeps.state(sweepId(sweep)), what, blobs);
      response
        .writeHead(200, {
          'content-type': type,
          'content-length': bytes.length,
          ...(name !== undefined && { 'content-disposition': `attachment; filename="${name}"` }),
        })
        .end(bytes);
    } catch (thrown) {
      const error = toFleetError(thrown, 'Cannot export');
      log.warn('an export failed', { sweep, what, why: error.message });
      if (response.headersSent) return void response.destroy();
      response
        .writeHead(error.code === 'bug' || error.code === 'corrupt' ? 500 : 404, { 'content-type': 'text/plain; charset=utf-8' })
        .end(`${error.message}\n`);
    }
  };
}

async function fileOf(state: SweepState, what: string, blobs: BlobStore): Promise<ExportFile> {
  const model = state.setup.model.id;
  const [, bundle] = /^bundle-(\d)\.zip$/.exec(what) ?? [];
  if (bundle !== undefined) {
    const bytes = await exportBundle(state, Number(bundle), blobs);
    return { type: 'application/zip', bytes, name: `${model}-${state.id}.zip` };
  }
  const [, candidate] = /^candidate\/([\w-]+)\./.exec(what) ?? [];
  const classId = what.replace(/\.\w+$/, '');
  if (what.endsWith('.json'))
    return json(candidate === undefined ? aboutWinner(state, classId) : aboutCandidate(state, candidateId(candidate)));
  const type = 'application/octet-stream';
  if (candidate !== undefined)
    return { type, bytes: await exportCandidate(state, candidateId(candidate), blobs), name: `${model}-${candidate}.onnx` };
  const name = listExports(state).find((each) => each.classId === classId)?.fileName ?? `${model}.onnx`;
  return { type, bytes: await exportModel(state, classId, blobs), name };
}

const json = (value: unknown): ExportFile => ({
  type: 'application/json',
  bytes: Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`),
});
