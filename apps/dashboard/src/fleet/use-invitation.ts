'use client';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { asks } from '../client/fleet-client.tsx';
import { useNow } from '../client/use-now.ts';

/** A fresh invitation for one device, and how long it is good; `renew` makes another. */
export function useInvitation() {
  const invite = useMutation(asks.devices.invite.mutationOptions());
  const now = useNow(1);
  const { mutate } = invite;
  // Once a visit: an effect that React runs twice must not make two.
  const asked = useRef(false);
  useEffect(() => {
    if (asked.current) return;
    asked.current = true;
    mutate({});
  }, [mutate]);
  const leftMs = invite.data && now !== undefined ? Math.max(0, invite.data.expiresAt - now) : undefined;
  return { invited: invite.data, error: invite.error, leftMs, expired: leftMs === 0, renew: () => mutate({}) };
}

export type Invitation = NonNullable<ReturnType<typeof useInvitation>['invited']>;

const LOOPBACK = /^[a-z]+:\/\/(?:127\.|localhost|\[::1\])/;

/** Whether a link leads only to the coordinator's own computer. */
export const isLoopback = (link: string): boolean => LOOPBACK.test(link);
