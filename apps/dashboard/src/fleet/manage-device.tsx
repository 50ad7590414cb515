'use client';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { asks } from '../client/fleet-client.tsx';
import { ErrorNotice } from '../client/notices.tsx';
import type { DeviceView } from '../client/views.ts';
import { Button, SubmitButton } from '../frame/button.tsx';

/** Names, tags, pauses and revokes a device. What cannot be taken back is asked twice. */
export function ManageDevice({ device, onDone }: { readonly device: DeviceView; readonly onDone: () => void }) {
  const [name, setName] = useState(device.name);
  const [tags, setTags] = useState(device.tags.join(', '));
  const [sure, setSure] = useState(false);
  const rename = useMutation(asks.devices.rename.mutationOptions());
  const tag = useMutation(asks.devices.tag.mutationOptions());
  const pause = useMutation(asks.devices.pause.mutationOptions({ onSuccess: onDone }));
  const resume = useMutation(asks.devices.resume.mutationOptions({ onSuccess: onDone }));
  const revoke = useMutation(asks.devices.revoke.mutationOptions({ onSuccess: onDone }));
  const error = rename.error ?? tag.error ?? pause.error ?? resume.error ?? revoke.error;
  const { id } = device;
  const save = async (): Promise<void> => {
    const wanted = tags.split(/[\s,]+/).filter((each) => each !== '');
    if (name.trim() !== device.name) await rename.mutateAsync({ id, name });
    if (wanted.join(' ') !== device.tags.join(' ')) await tag.mutateAsync({ id, tags: wanted });
    onDone();
  };
  return (
    <form
      className="mt-3 flex flex-col gap-2 border-t border-line pt-3"
      onSubmit={(event) => {
        event.preventDefault();
        // What went wrong is shown by the mutation itself.
        save().catch(() => undefined);
      }}
    >
      <Field label="Name" value={name} onChange={setName} />
      <Field label="Tags" value={tags} onChange={setTags} placeholder="lab, window" />
      <div className="flex flex-wrap gap-2">
        <SubmitButton>Save</SubmitButton>
        <Button
          icon={device.paused ? 'play' : 'pause'}
          disabled={pause.isPending || resume.isPending}
          onClick={() => (device.paused ? resume : pause).mutate({ id })}
        >
          {device.paused ? 'Resume' : 'Pause'}
        </Button>
        <Button kind="danger" onClick={() => (sure ? revoke.mutate({ id }) : setSure(true))} disabled={revoke.isPending}>
          {sure ? 'Revoke for good' : 'Revoke'}
        </Button>
      </div>
      {sure && (
        <p role="alert" className="text-label text-ink-2">
          Its key is refused from now on; what it has measured stays. To come back it must join again.
        </p>
      )}
      {error && <ErrorNotice error={error} />}
    </form>
  );
}

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly onChange: (value: string) => void;
}

function Field({ label, value, placeholder, onChange }: FieldProps) {
  return (
    <label className="grid grid-cols-[40px_minmax(0,1fr)] items-center gap-2 text-label text-ink-3">
      {label}
      <input
        value={value}
        placeholder={placeholder}
        onChange={(event) => onChange(event.target.value)}
        className="h-8 min-w-0 rounded-control border border-line-2 bg-surface px-2 text-body text-ink pointer-coarse:h-11"
      />
    </label>
  );
}
