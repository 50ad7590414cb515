import { FleetError, sha256 } from '@fleetfit/core';
import { decodeModel, encodeModel, externalize, internalize, type Model } from '@fleetfit/onnx';
import { type Artifact, checkedArtifact } from '@fleetfit/protocol';
import type { ModelFiles } from '@fleetfit/runtime';
import type { WorkContext } from './work-context.ts';

/** Smaller tensors stay in the graph: runtimes look for shapes and axes only there, and a file for each would cost more than it saves. */
const OWN_FILE_FROM = 1024;

/** Stores a model as a graph and its tensors, each named by its hash: what two candidates have in common is stored and sent once. */
export async function storeModel(model: Model, blobs: WorkContext['blobs']): Promise<Artifact & { readonly bytes: number }> {
  const locate = async (bytes: Uint8Array): Promise<string> => (await blobs.put(bytes)).sha256;
  const { model: graphOnly, files } = await externalize(model, { atLeast: OWN_FILE_FROM, locate });
  const graph = await blobs.put(encodeModel(graphOnly));
  const tensors = [...files].map(([hash, bytes]) => ({ sha256: hash, bytes: bytes.length }));
  return { graph, tensors, bytes: tensors.reduce((sum, tensor) => sum + tensor.bytes, graph.bytes) };
}

/** The files of an artifact, as the runtime takes them. @throws FleetError `not-found`, `corrupt` */
export async function loadFiles(artifact: Artifact | undefined, blobs: WorkContext['blobs']): Promise<ModelFiles> {
  const { graph, tensors } = checkedArtifact(artifact, 'model');
  const externalData = new Map<string, Uint8Array>();
  for (const tensor of tensors) externalData.set(tensor.sha256, await blobs.get(sha256(tensor.sha256)));
  return { graph: await blobs.get(sha256(graph.sha256)), externalData };
}

/** A model with its tensors back inside. */
export function modelOf({ graph, externalData }: ModelFiles): Model {
  return internalize(decodeModel(graph), (location, offset, length) => {
    const bytes = externalData.get(location);
    if (!bytes)
      throw new FleetError('corrupt', `Cannot read the model: its graph names tensor ${location.slice(0, 12)}, which it does not list`);
    return bytes.subarray(offset, length === undefined ? undefined : offset + length);
  });
}
