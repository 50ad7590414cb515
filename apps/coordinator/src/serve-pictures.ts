import type { ServerResponse } from 'node:http';
import { datasetId, type Log, modelId, toFleetError } from '@fleetfit/core';
import type { Picture } from '@fleetfit/images';
import type { LibraryImages, Stage } from './library-images.ts';

/** Where pictures stand, on the operator listener alone. */
export const PICTURE_PATH = '/picture/';

const LARGEST = 1_024;
const USUAL = 192;

/**
 * `/picture/dataset/ID/N?side=192` is an image as it was brought; `/picture/model/ID/on/DATASET/N/STAGE?finding=K` is one as a model
 * gets it, where the stage is `resized`, `seen`, or a plane: `0`, `1`, `2`.
 */
export function pictureHandler(images: LibraryImages, log: Log) {
  return async (url: URL, response: ServerResponse): Promise<void> => {
    try {
      const picture = await wanted(url, images);
      if (!picture) return void response.writeHead(404, PLAIN).end('There is no such picture.\n');
      // A dataset never changes under its id; how a model gets an image may.
      const cache = url.pathname.startsWith('/picture/dataset/') ? 'private, max-age=86400' : 'no-cache';
      response
        .writeHead(200, {
          'content-type': picture.type,
          'content-length': picture.bytes.length,
          'cache-control': cache,
          'x-content-type-options': 'nosniff',
        })
        .end(picture.bytes);
    } catch (thrown) {
      const error = toFleetError(thrown, 'Cannot show the picture');
      log.warn('a picture could not be shown', { path: url.pathname, why: error.message });
      if (response.headersSent) return void response.destroy();
      response.writeHead(error.code === 'not-found' || error.code === 'conflict' ? 404 : 500, PLAIN).end(`${error.message}\n`);
    }
  };
}

const PLAIN = { 'content-type': 'text/plain; charset=utf-8' } as const;

async function wanted({ pathname, searchParams }: URL, images: LibraryImages): Promise<Picture | undefined> {
  const [, id, n] = /^\/picture\/dataset\/([\w-]+)\/(\d+)$/.exec(pathname) ?? [];
  if (id !== undefined) {
    const side = Number(searchParams.get('side') ?? USUAL);
    return images.picture(datasetId(id), Number(n), Number.isInteger(side) && side >= 16 && side <= LARGEST ? side : USUAL);
  }
  const [, model, dataset, number, stage] = /^\/picture\/model\/([\w-]+)\/on\/([\w-]+)\/(\d+)\/(resized|seen|[012])$/.exec(pathname) ?? [];
  if (model === undefined || dataset === undefined || stage === undefined) return undefined;
  const finding = searchParams.get('finding');
  return images.preparedPicture({
    model: modelId(model),
    dataset: datasetId(dataset),
    n: Number(number),
    stage: stageOf(stage),
    finding: finding === null ? undefined : Number(finding),
  });
}

const stageOf = (text: string): Stage => (text === 'resized' || text === 'seen' ? { kind: text } : { kind: 'plane', place: Number(text) });
