'use client';
import { useEffect, useRef } from 'react';
import { Icon } from '../frame/icon.tsx';
import { chosenFiles } from './dropped-files.ts';
import { forgetRefused, startUploads, useRefused } from './uploads-store.ts';

interface DropZoneProps {
  /** `Drop a model here`. */
  readonly title: string;
  readonly hint: string;
  /** What the dialog shows: `.onnx,.json`. */
  readonly accept?: string;
  /** Whether a whole folder is a choice: images in one folder a label. */
  readonly folders?: boolean;
}

/** Where files are dropped or chosen. Dropping works anywhere on the page; this says so, and is for those who do not drag. */
export function DropZone({ title, hint, accept, folders = false }: DropZoneProps) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const refused = useRefused();
  useEffect(() => forgetRefused, []);
  return (
    <div>
      <div className="rounded-tile border border-dashed border-line-2 px-4 py-5 text-center">
        <Icon name="upload" size={20} className="mx-auto text-accent" />
        <p className="mt-2 font-semibold">{title}</p>
        <p className="text-label text-ink-2">{hint}</p>
        <p className="mt-2 text-label">
          <button type="button" onClick={() => files.current?.click()} className={CHOOSE}>
            Choose files
          </button>
          {folders && (
            <>
              <span className="text-ink-3"> or </span>
              <button type="button" onClick={() => folder.current?.click()} className={CHOOSE}>
                a folder
              </button>
            </>
          )}
        </p>
        <Chooser input={files} label="Files to add" accept={accept} />
        {folders && <Chooser input={folder} label="Folder to add" directory />}
      </div>
      {refused.length > 0 && (
        <ul role="alert" className="mt-2 flex flex-col gap-1 rounded-control bg-warn-weak px-3 py-2 text-label">
          {refused.slice(0, 4).map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
          {refused.length > 4 && <li className="text-ink-2">and {refused.length - 4} more</li>}
        </ul>
      )}
    </div>
  );
}

const CHOOSE = 'min-h-6 font-medium text-accent underline-offset-2 hover:underline pointer-coarse:min-h-11';

interface ChooserProps {
  readonly input: React.RefObject<HTMLInputElement | null>;
  readonly label: string;
  readonly accept?: string | undefined;
  readonly directory?: boolean;
}

function Chooser({ input, label, accept, directory = false }: ChooserProps) {
  return (
    <input
      ref={input}
      type="file"
      multiple
      aria-label={label}
      accept={accept}
      {...(directory && { webkitdirectory: '' })}
      tabIndex={-1}
      className="sr-only"
      onChange={(event) => {
        if (event.target.files) startUploads(chosenFiles(event.target.files));
        event.target.value = '';
      }}
    />
  );
}
