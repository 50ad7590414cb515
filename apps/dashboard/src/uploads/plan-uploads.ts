/** A file as a browser hands it over, with its path from what was dropped: `drinks/cup/1.jpg`. */
export interface DroppedFile<Data = File> {
  readonly path: string;
  readonly bytes: number;
  readonly data: Data;
}

/** Files that belong together. */
export interface PlannedUpload<Data = File> {
  readonly kind: 'model' | 'dataset';
  readonly name: string;
  readonly files: readonly DroppedFile<Data>[];
  /** Whether it says itself how its images are prepared. */
  readonly hasSidecar: boolean;
}

export interface Plan<Data = File> {
  readonly uploads: readonly PlannedUpload<Data>[];
  /** What was left alone and why, a sentence each. */
  readonly refused: readonly string[];
}

const IMAGE = /\.(jpe?g|png|webp|gif|bmp|tiff?|avif)$/i;
const MODEL = /\.onnx$/i;
const ZIP = /\.zip$/i;
/** MNIST's idx and CIFAR's binary files. */
const PACKED = /(ubyte|\.bin)(\.gz)?$/i;
const LITTER = /(^|\/)(\.[^/]*|Thumbs\.db|desktop\.ini)$|(^|\/)__MACOSX\//;
const SIDECAR = '.fleetfit.json';

/** Makes models and datasets of what was dropped together, and says what is neither. */
export function planUploads<Data>(dropped: readonly DroppedFile<Data>[]): Plan<Data> {
  const files = dropped.filter(({ path }) => !LITTER.test(path));
  const roots = [...new Set(files.map(({ path }) => rootOf(path)))].filter((root) => root !== '');
  const inside = (root: string): readonly DroppedFile<Data>[] => files.filter(({ path }) => rootOf(path) === root);
  const classFolders = roots.filter((root) => isClassFolder(inside(root)));
  const uploads: PlannedUpload<Data>[] = [];
  const refused: string[] = [];
  if (classFolders.length > 1) uploads.push(dataset('images', classFolders.flatMap(inside)));
  for (const root of roots) {
    if (classFolders.length > 1 && classFolders.includes(root)) continue;
    const plan = planFolder(root, inside(root));
    uploads.push(...plan.uploads);
    refused.push(...plan.refused);
  }
  const loose = planLoose(inside(''));
  return { uploads: [...uploads, ...loose.uploads], refused: [...refused, ...loose.refused] };
}

const rootOf = (path: string): string => (path.includes('/') ? path.slice(0, path.indexOf('/')) : '');

/** Images and nothing deeper: the images of one label. */
const isClassFolder = (files: readonly DroppedFile<unknown>[]): boolean =>
  files.every(({ path }) => path.split('/').length === 2 && IMAGE.test(path));

function planFolder<Data>(root: string, files: readonly DroppedFile<Data>[]): Plan<Data> {
  if (files.some(({ path }) => MODEL.test(path))) return { uploads: models(files), refused: [] };
  if (isClassFolder(files))
    return {
      uploads: [],
      refused: [`“${root}” holds images of one label only. Drop the folder around it, with one folder for each label.`],
    };
  if (files.some(({ path }) => IMAGE.test(path) || PACKED.test(path))) return { uploads: [dataset(root, files)], refused: [] };
  return { uploads: [], refused: [`“${root}” holds neither a model (.onnx) nor images.`] };
}

function planLoose<Data>(files: readonly DroppedFile<Data>[]): Plan<Data> {
  const found = models(files);
  const taken = new Set(found.flatMap((each) => each.files.map(({ data }) => data)));
  const rest = files.filter(({ data }) => !taken.has(data));
  const zips = rest.filter(({ path }) => ZIP.test(path));
  const table = rest.some(({ path }) => path === 'labels.csv');
  const packed = rest.some(({ path }) => PACKED.test(path));
  const set = rest.filter(
    ({ path }) => PACKED.test(path) || path === 'classes.json' || (table && (IMAGE.test(path) || path === 'labels.csv')),
  );
  const uploads = [
    ...found,
    ...zips.map((zip) => dataset(zip.path.replace(ZIP, ''), [zip])),
    ...(table || packed ? [dataset(table ? 'images' : nameOfPacked(set), set)] : []),
  ];
  const left = rest.filter((file) => !zips.includes(file) && !((table || packed) && set.includes(file)));
  return { uploads, refused: sayRefused(left.map(({ path }) => path)) };
}

function models<Data>(files: readonly DroppedFile<Data>[]): readonly PlannedUpload<Data>[] {
  const found = files.filter(({ path }) => MODEL.test(path));
  return found.map((model) => {
    const folder = model.path.slice(0, model.path.lastIndexOf('/') + 1);
    const beside = files.filter(({ path }) => path.startsWith(folder) && !MODEL.test(path) && !IMAGE.test(path) && !ZIP.test(path));
    const sidecar = beside.find(({ path }) => path === model.path + SIDECAR) ?? onlyJson(beside, found.length);
    // Tensors outside the model lie beside it, under names that only the model knows.
    const tensors = beside.filter(
      ({ path }) => !path.endsWith('.json') && (found.length === 1 ? isTensors(path) : path.startsWith(model.path.replace(MODEL, ''))),
    );
    return {
      kind: 'model',
      name: lastOf(model.path).replace(MODEL, ''),
      files: [model, ...tensors, ...(sidecar ? [{ ...sidecar, path: model.path + SIDECAR }] : [])],
      hasSidecar: sidecar !== undefined,
    };
  });
}

const isTensors = (path: string): boolean => !/\.(txt|md|csv|ya?ml|py|pdf|pt|pth|h5|tflite)$/i.test(path) && !/ubyte(\.gz)?$/i.test(path);

function onlyJson<Data>(files: readonly DroppedFile<Data>[], modelCount: number): DroppedFile<Data> | undefined {
  const json = files.filter(({ path }) => path.endsWith('.json') && lastOf(path) !== 'classes.json');
  return modelCount === 1 && json.length === 1 ? json[0] : undefined;
}

const dataset = <Data>(name: string, files: readonly DroppedFile<Data>[]): PlannedUpload<Data> => ({
  kind: 'dataset',
  name,
  files,
  hasSidecar: false,
});

const nameOfPacked = (files: readonly DroppedFile<unknown>[]): string =>
  files.some(({ path }) => /ubyte/i.test(path)) ? 'mnist' : 'cifar';

const lastOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

function sayRefused(paths: readonly string[]): readonly string[] {
  const images = paths.filter((path) => IMAGE.test(path));
  const others = paths.filter((path) => !IMAGE.test(path));
  return [
    ...(images.length > 0
      ? [
          `${images.length === 1 ? `“${images[0] ?? ''}” has` : `${images.length} images have`} no label. Drop a folder with one folder for each label, or images with a labels.csv.`,
        ]
      : []),
    ...others.map((path) =>
      /\.(pt|pth|h5|keras|tflite|pb|safetensors)$/i.test(path)
        ? `“${path}” is a model of another kind. Export it to ONNX and drop that.`
        : `“${path}” is neither a model (.onnx) nor labelled images.`,
    ),
  ];
}
