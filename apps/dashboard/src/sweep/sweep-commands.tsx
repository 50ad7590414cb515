'use client';
import { sayBytes } from '@fleetfit/sweep/say-numbers';
import { useMutation, useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { asks } from '../client/fleet-client.tsx';
import { ErrorNotice } from '../client/notices.tsx';
import { useKeys } from '../client/use-keys.ts';
import type { SweepOverview } from '../client/views.ts';
import { Button, SubmitButton } from '../frame/button.tsx';
import { Icon } from '../frame/icon.tsx';
import { isOver } from './sweep-state.ts';

type Panel = 'cancel' | 'extend' | 'export' | 'more';

/** What one can do with a sweep: cancel, extend, pause or resume, and take the best files away. */
export function SweepCommands({ view }: { readonly view: SweepOverview }) {
  const [panel, setPanel] = useState<Panel | undefined>(undefined);
  const over = isOver(view.state);
  const opens = (which: Panel) => ({ 'aria-expanded': panel === which, onClick: () => setPanel(panel === which ? undefined : which) });
  return (
    <div className="relative flex flex-wrap items-center gap-2 max-sm:w-full">
      {!over && (
        <Button kind="quiet" icon="close" {...opens('cancel')} className="max-sm:hidden">
          Cancel
        </Button>
      )}
      {!over && (
        <Button icon="extend" {...opens('extend')} className="max-sm:hidden">
          Extend
        </Button>
      )}
      {!over && <PauseButton view={view} />}
      <Button kind="primary" icon="download" {...opens('export')} className="max-sm:flex-1">
        Export best
      </Button>
      {!over && <Button icon="more" aria-label="More" {...opens('more')} className="sm:hidden" />}
      {panel && <OpenPanel view={view} panel={panel} setPanel={setPanel} />}
    </div>
  );
}

function PauseButton({ view }: { readonly view: SweepOverview }) {
  const pause = useMutation(asks.sweeps.pause.mutationOptions());
  const resume = useMutation(asks.sweeps.resume.mutationOptions());
  const paused = view.state === 'paused';
  const turn = () => (paused ? resume : pause).mutate({ id: view.id });
  useKeys({ p: turn });
  const error = paused ? resume.error : pause.error;
  return (
    <>
      <Button icon={paused ? 'play' : 'pause'} onClick={turn} disabled={pause.isPending || resume.isPending} className="max-sm:flex-1">
        {paused ? 'Resume' : 'Pause'}
      </Button>
      {error && (
        <div className="order-last basis-full">
          <ErrorNotice error={error} />
        </div>
      )}
    </>
  );
}

interface PanelProps {
  readonly view: SweepOverview;
  readonly panel: Panel;
  readonly setPanel: (panel: Panel | undefined) => void;
}

function OpenPanel({ view, panel, setPanel }: PanelProps) {
  const close = useCallback(() => setPanel(undefined), [setPanel]);
  return (
    <Popover onClose={close}>
      {panel === 'cancel' && <CancelPanel view={view} onDone={close} />}
      {panel === 'extend' && <ExtendPanel view={view} onDone={close} />}
      {panel === 'export' && <ExportPanel view={view} />}
      {panel === 'more' && (
        <div className="flex gap-2">
          <Button icon="extend" onClick={() => setPanel('extend')} className="flex-1">
            Extend
          </Button>
          {!isOver(view.state) && (
            <Button icon="close" onClick={() => setPanel('cancel')} className="flex-1">
              Cancel
            </Button>
          )}
        </div>
      )}
    </Popover>
  );
}

function Popover({ onClose, children }: { readonly onClose: () => void; readonly children: ReactNode }) {
  const self = useRef<HTMLDivElement>(null);
  useKeys({ Escape: onClose });
  useEffect(() => {
    // The buttons beside it open and close it themselves.
    const press = (event: PointerEvent) => {
      const target = event.target instanceof Node ? event.target : null;
      if (!self.current?.parentElement?.contains(target)) onClose();
    };
    document.addEventListener('pointerdown', press);
    return () => document.removeEventListener('pointerdown', press);
  }, [onClose]);
  return (
    <div
      ref={self}
      role="dialog"
      className="absolute top-full right-0 z-20 mt-2 w-[360px] max-w-[calc(100vw-32px)] rounded-tile bg-raised p-4 shadow-floating"
    >
      {children}
    </div>
  );
}

function CancelPanel({ view, onDone }: { readonly view: SweepOverview; readonly onDone: () => void }) {
  const cancel = useMutation(asks.sweeps.cancel.mutationOptions({ onSuccess: onDone }));
  return (
    <>
      <h2 className="text-section">Cancel this sweep?</h2>
      <p className="mt-1 text-ink-2">What is measured stays and can be exported. A cancelled sweep cannot be resumed; a paused one can.</p>
      <div className="mt-3 flex gap-2">
        <Button kind="danger" onClick={() => cancel.mutate({ id: view.id })} disabled={cancel.isPending}>
          Cancel the sweep
        </Button>
        <Button onClick={onDone}>Go on</Button>
      </div>
      {cancel.error && <ErrorNotice error={cancel.error} />}
    </>
  );
}

function ExtendPanel({ view, onDone }: { readonly view: SweepOverview; readonly onDone: () => void }) {
  const [by, setBy] = useState('12');
  const extend = useMutation(asks.sweeps.extend.mutationOptions({ onSuccess: onDone }));
  const count = Number(by);
  const valid = Number.isInteger(count) && count > 0;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (valid) extend.mutate({ id: view.id, by: count });
      }}
    >
      <h2 className="text-section">Try more candidates</h2>
      <label className="mt-2 flex items-center gap-2 text-ink-2">
        <input
          autoFocus
          inputMode="numeric"
          value={by}
          onChange={(event) => setBy(event.target.value)}
          className="h-8 w-20 rounded-control border border-line-2 bg-surface px-2 text-ink pointer-coarse:h-11"
        />
        more, besides {view.progress.total}
      </label>
      <div className="mt-3">
        <SubmitButton disabled={!valid || extend.isPending}>Extend</SubmitButton>
      </div>
      {extend.error && <ErrorNotice error={extend.error} />}
    </form>
  );
}

function ExportPanel({ view }: { readonly view: SweepOverview }) {
  const files = useQuery(asks.sweeps.exports.queryOptions({ id: view.id }, { staleTime: 0 }));
  return (
    <>
      <h2 className="text-section">The best file of each class</h2>
      {files.error && <ErrorNotice error={files.error} />}
      {files.data?.length === 0 && <p className="mt-1 text-ink-2">No candidate is measured yet that keeps every limit.</p>}
      <ul className="mt-2 flex flex-col gap-3">
        {files.data?.map((file) => (
          <li key={file.classId}>
            <p className="text-label text-ink-3">{file.classLabel}</p>
            <a href={file.path} download={file.fileName} className="flex items-center gap-2 font-medium text-accent">
              <Icon name="download" size={14} />
              <span className="font-mono text-label break-all">{file.fileName}</span>
            </a>
            <p className="text-label text-ink-2">
              {file.candidate}, {sayBytes(file.bytes)};{' '}
              <a href={file.aboutPath} download className="underline">
                recipe and figures
              </a>
            </p>
          </li>
        ))}
      </ul>
      <Link href={`/portfolio?id=${view.id}`} className="mt-3 block font-medium text-accent">
        Fewer files for all classes, and all of them as one archive
      </Link>
      <p className="mt-2 text-label text-ink-3">
        Or in a terminal: <code className="font-mono">fleetfit export {view.id}</code>
      </p>
    </>
  );
}
