'use client';
import { useMutation } from '@tanstack/react-query';
import { asks } from '../client/fleet-client.tsx';
import { ErrorNotice } from '../client/notices.tsx';
import { StateMark } from '../frame/icon.tsx';

/** Has an agent started beside the coordinator: its computer is a device like any other from then on. */
export function UseThisComputer({ words = 'Use this computer', onDone }: { readonly words?: string; readonly onDone?: () => void }) {
  const use = useMutation(asks.devices.useThisComputer.mutationOptions({ onSuccess: () => onDone?.() }));
  if (use.isPending)
    return (
      <p role="status" className="flex items-center gap-1.5 text-accent">
        <StateMark kind="working" /> Starting an agent here
      </p>
    );
  return (
    <>
      <button
        type="button"
        onClick={() => use.mutate({})}
        className="min-h-6 text-left font-medium text-accent hover:underline pointer-coarse:min-h-11"
      >
        {words}
      </button>
      {use.error && <ErrorNotice error={use.error} />}
    </>
  );
}
