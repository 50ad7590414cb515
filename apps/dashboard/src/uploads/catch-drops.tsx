'use client';
import { usePathname, useRouter } from 'next/navigation';
import { useEffect, useRef, useState } from 'react';
import { droppedFiles } from './dropped-files.ts';
import { isUploading, startUploads } from './uploads-store.ts';

/** Pages that show uploads of their own. */
const SHOWING = ['/models', '/datasets', '/'];

/**
 * Takes files that are dropped anywhere: a browser left alone would leave the page to show them. Says where they would go while
 * they are held over it.
 */
export function CatchDrops() {
  const [held, setHeld] = useState(false);
  const path = usePathname();
  const router = useRouter();
  const here = useRef({ path, router });
  here.current = { path, router };
  useEffect(
    () =>
      listenForDrops(setHeld, (kind) => {
        const now = here.current;
        if (!SHOWING.includes(now.path)) now.router.push(kind === 'dataset' ? '/datasets' : '/models');
      }),
    [],
  );
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent): void => {
      if (isUploading()) event.preventDefault();
    };
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, []);
  if (!held) return null;
  return (
    <div className="pointer-events-none fixed inset-2 z-50 grid place-items-end justify-center rounded-tile border-2 border-dashed border-accent p-6">
      <p className="rounded-control bg-raised px-4 py-2 text-section font-semibold shadow-floating">
        Drop to add it: a model (.onnx), or labelled images as a folder or zip
      </p>
    </div>
  );
}

function listenForDrops(setHeld: (held: boolean) => void, onTaken: (kind: 'model' | 'dataset') => void): () => void {
  // Entering a child comes before leaving its parent: only the last leave is out of the window.
  let depth = 0;
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
  const enter = (event: DragEvent): void => {
    if (hasFiles(event) && depth++ === 0) setHeld(true);
  };
  const leave = (event: DragEvent): void => {
    if (hasFiles(event) && --depth <= 0) end();
  };
  const end = (): void => {
    depth = 0;
    setHeld(false);
  };
  const over = (event: DragEvent): void => {
    if (hasFiles(event)) event.preventDefault();
  };
  const drop = (event: DragEvent): void => {
    if (!event.dataTransfer || !hasFiles(event)) return;
    event.preventDefault();
    end();
    void droppedFiles(event.dataTransfer).then((files) => {
      const [first] = startUploads(files).uploads;
      onTaken(first?.kind ?? 'model');
    });
  };
  const listeners = { dragenter: enter, dragleave: leave, dragover: over, drop } as const;
  for (const [name, listener] of Object.entries(listeners)) document.addEventListener(name as 'drop', listener);
  return () => {
    for (const [name, listener] of Object.entries(listeners)) document.removeEventListener(name as 'drop', listener);
  };
}
