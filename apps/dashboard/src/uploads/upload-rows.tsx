'use client';
import { sayBytes, sayDuration } from '@fleetfit/sweep/say-numbers';
import { Icon, StateMark } from '../frame/icon.tsx';
import { resumeUpload, stopUpload, type Upload, useUploads } from './uploads-store.ts';

/** What is on its way of one kind, or of both: progress, what comes then, and a way to end it or to go on. */
export function UploadRows({ kind }: { readonly kind?: Upload['kind'] }) {
  const uploads = useUploads().filter((each) => kind === undefined || each.kind === kind);
  if (uploads.length === 0) return null;
  return (
    <ul aria-label="Uploads" className="flex flex-col gap-1">
      {uploads.map((upload) => (
        <Row key={upload.id} upload={upload} />
      ))}
    </ul>
  );
}

function Row({ upload }: { readonly upload: Upload }) {
  const { id, kind, name, bytes, sent, state, leftMs } = upload;
  const share = bytes === 0 ? 1 : sent / bytes;
  const stopped = state.kind === 'stopped';
  return (
    <li className="flex items-start gap-2.5 rounded-control px-3 py-2">
      <Icon name={kind} className="mt-0.5 shrink-0 text-ink-3" />
      <div className="min-w-0 flex-1 text-label">
        <p className="truncate text-body font-semibold">{name}</p>
        <p className={`flex items-center gap-1.5 ${stopped ? 'font-medium text-bad' : 'text-accent'}`}>
          <StateMark kind={stopped ? 'failed' : state.kind === 'waiting' ? 'off' : 'working'} />
          {SAID[state.kind]}
          {state.kind === 'sending' && `, ${Math.floor(share * 100)} %`}
        </p>
        <div
          role="progressbar"
          aria-label={`Upload of ${name}`}
          aria-valuenow={Math.floor(share * 100)}
          className="mt-1 h-1 overflow-hidden rounded-pill bg-line"
        >
          <div className={`h-full ${stopped ? 'bg-bad' : 'bg-accent'}`} style={{ width: `${share * 100}%` }} />
        </div>
        {stopped ? (
          <p role="alert" className="mt-1 text-ink-2">
            {state.why} {sayBytes(sent)} of {sayBytes(bytes)} have arrived and are kept.
          </p>
        ) : (
          <p className="mt-1 flex justify-between gap-2 text-ink-3">
            <span>
              {sayBytes(sent)} of {sayBytes(bytes)}
            </span>
            <span>{leftMs === undefined ? '' : `${sayDuration(leftMs)} left`}</span>
          </p>
        )}
        <p className="flex justify-between gap-2 text-ink-3">
          <span>{stopped ? '' : kind === 'model' ? 'then read, examine' : 'then read, split'}</span>
          <span className="flex gap-3">
            {stopped && (
              <button type="button" onClick={() => resumeUpload(id)} className={ACT}>
                Go on
              </button>
            )}
            {state.kind !== 'adding' && (
              <button type="button" aria-label={`Cancel the upload of ${name}`} onClick={() => stopUpload(id)} className={ACT}>
                Cancel
              </button>
            )}
          </span>
        </p>
      </div>
    </li>
  );
}

const ACT = 'min-h-6 font-medium text-ink hover:underline pointer-coarse:min-h-11';

const SAID: Readonly<Record<Upload['state']['kind'], string>> = {
  waiting: 'Waits for the one before it',
  sending: 'Uploading',
  adding: 'Handing over',
  stopped: 'Stopped',
};
