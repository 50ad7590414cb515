'use client';
import { sayDuration } from '@fleetfit/sweep/say-numbers';
import { useMutation } from '@tanstack/react-query';
import { useEffect } from 'react';
import { asks } from '../client/fleet-client.tsx';
import { ErrorNotice } from '../client/notices.tsx';
import { useKeys } from '../client/use-keys.ts';
import { useNow } from '../client/use-now.ts';
import type { DeviceView } from '../client/views.ts';
import { Button } from '../frame/button.tsx';
import { CloseButton } from '../frame/close-button.tsx';
import { Command, CopyButton } from '../frame/copy-button.tsx';
import { Icon } from '../frame/icon.tsx';

/** How a device gets in: a link that works once, then two words that must be the same on both sides. */
export function AddDevice({ pending, onClose }: { readonly pending: readonly DeviceView[]; readonly onClose: () => void }) {
  useKeys({ Escape: onClose });
  return (
    <aside
      aria-labelledby="add"
      className="flex flex-col border-line bg-canvas max-lg:order-first max-lg:border-b lg:sticky lg:top-0 lg:h-dvh lg:overflow-y-auto lg:border-l"
    >
      <div className="p-6 max-sm:px-4">
        <div className="flex items-center justify-between">
          <h2 id="add" className="text-section">
            Add a device
          </h2>
          <CloseButton onClose={onClose} />
        </div>
        <p className="mt-2 text-ink-2">Run this on the camera or computer. It needs Node 20 and this network.</p>
        <JoinLink />
      </div>
      {pending.length > 0 && (
        <div className="border-t border-line p-6 max-sm:px-4">
          <h2 className="text-section">Waiting for you</h2>
          <ul className="flex flex-col gap-4">
            {pending.map((device) => (
              <Waiting key={device.id} device={device} />
            ))}
          </ul>
        </div>
      )}
      <p className="mt-auto p-6 text-label text-ink-3 max-sm:px-4">
        A device gets compressed models and the validation images they are judged on, decoded and named by hash. It never sees other
        devices, file names or labels.
      </p>
    </aside>
  );
}

const LOOPBACK = /^fleetfit:\/\/(?:127\.|localhost)/;

/** A fresh join link with its command, and how long it works. */
export function JoinLink() {
  const invite = useMutation(asks.devices.invite.mutationOptions());
  const now = useNow(1);
  const { mutate } = invite;
  useEffect(() => mutate({}), [mutate]);
  const link = invite.data?.link;
  const left = invite.data && now !== undefined ? invite.data.expiresAt - now : undefined;
  if (invite.error)
    return (
      <div className="mt-3">
        <ErrorNotice error={invite.error} />
      </div>
    );
  return (
    <div className="mt-3 min-h-32">
      {link && (
        <>
          <Command text={`fleetfit join ${link}`} />
          <p className="mt-3 text-label text-ink-3">or give this link to whoever sets it up</p>
          <div className="mt-1 flex items-center gap-2 rounded-control border border-line-2 bg-surface py-1 pr-1 pl-3">
            <span className="min-w-0 flex-1 truncate font-mono text-label">{link}</span>
            <CopyButton text={link} label="Copy the link" />
          </div>
          {LOOPBACK.test(link) && (
            <p className="mt-2 text-label text-warn">
              It works on the coordinator's own computer. To let other machines in, start it with{' '}
              <code className="font-mono">fleetfit up --listen ADDRESS</code>.
            </p>
          )}
          <p className="mt-2 flex items-center gap-1.5 text-label text-ink-2">
            <Icon name="clock" size={14} />
            {left !== undefined && left <= 0
              ? 'This link has expired'
              : `Works once${left === undefined ? '' : `, for ${sayDuration(left)} more`}`}
            <button type="button" onClick={() => mutate({})} className="ml-auto min-h-6 font-medium text-accent">
              New link
            </button>
          </p>
        </>
      )}
    </div>
  );
}

function Waiting({ device }: { readonly device: DeviceView }) {
  const approve = useMutation(asks.devices.approve.mutationOptions());
  const revoke = useMutation(asks.devices.revoke.mutationOptions());
  const busy = approve.isPending || revoke.isPending;
  const error = approve.error ?? revoke.error;
  return (
    <li className="mt-2">
      <p>
        <strong>{device.name}</strong> <span className="text-ink-3">{device.classLabel}</span>
      </p>
      <p className="mt-1 text-ink-2">Does the device show the same two words?</p>
      <p className="mt-2 rounded-control bg-sunken px-4 py-2 font-mono text-section font-semibold">{device.words}</p>
      <div className="mt-2 flex gap-2">
        <Button kind="primary" icon="check" disabled={busy} onClick={() => approve.mutate({ id: device.id })} className="flex-1">
          Same, let it in
        </Button>
        <Button disabled={busy} onClick={() => revoke.mutate({ id: device.id })} className="flex-1">
          Different
        </Button>
      </div>
      {error && <ErrorNotice error={error} />}
    </li>
  );
}
