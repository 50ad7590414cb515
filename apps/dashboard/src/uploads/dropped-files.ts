import type { DroppedFile } from './plan-uploads.ts';

/** Everything that was dropped, folders walked. Call it while the event is being handled: later its items are gone. */
export async function droppedFiles(transfer: DataTransfer): Promise<readonly DroppedFile[]> {
  const entries = [...transfer.items].flatMap((item) => (item.kind === 'file' ? (item.webkitGetAsEntry() ?? []) : []));
  const files = entries.length > 0 ? [] : [...transfer.files];
  const walked = await Promise.all(entries.map((entry) => walk(entry)));
  return [...walked.flat(), ...files.map((file) => dropped(file.name, file))];
}

/** Files from an input; those of a chosen folder know their path. */
export function chosenFiles(list: FileList): readonly DroppedFile[] {
  return [...list].map((file) => dropped(file.webkitRelativePath || file.name, file));
}

async function walk(entry: FileSystemEntry): Promise<readonly DroppedFile[]> {
  if (isFile(entry)) return [dropped(entry.fullPath.replace(/^\/+/, ''), await fileOf(entry))];
  if (!isFolder(entry)) return [];
  const reader = entry.createReader();
  const found: DroppedFile[] = [];
  // A browser hands out a hundred at a time; an empty list is the end.
  for (let some = await entriesOf(reader); some.length > 0; some = await entriesOf(reader))
    for (const one of some) found.push(...(await walk(one)));
  return found;
}

const dropped = (path: string, data: File): DroppedFile => ({ path, bytes: data.size, data });
const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;
const fileOf = (entry: FileSystemFileEntry): Promise<File> => new Promise((resolve, reject) => entry.file(resolve, reject));
const entriesOf = (reader: FileSystemDirectoryReader): Promise<readonly FileSystemEntry[]> =>
  new Promise((resolve, reject) => reader.readEntries(resolve, reject));
