import { FleetError } from '@fleetfit/core';

/** What a join link says: where the coordinator is, and the token that is good once. */
export interface JoinLink {
  /** `host:port` of the coordinator's gRPC door. */
  readonly address: string;
  readonly token: string;
}

/** Reads `fleetfit://HOST:PORT/#TOKEN`. The token stands behind the `#`, where no server or proxy writes it down. */
export function parseJoinLink(link: string): JoinLink {
  const [, address, token] = /^fleetfit:\/\/((?:\[[0-9a-fA-F:]+\]|[^\s/#:@]+):\d{1,5})\/?#([A-Za-z0-9_-]{8,200})$/.exec(link.trim()) ?? [];
  if (!address || !token)
    throw new FleetError('invalid', `Cannot join by "${withoutToken(link)}": a join link looks like fleetfit://HOST:PORT/#TOKEN`, {
      next: 'copy the whole link from `fleetfit device add`, in quotes',
    });
  return { address, token };
}

// An error is logged, and a token is a secret until it is used.
function withoutToken(link: string): string {
  const at = link.indexOf('#');
  return at < 0 ? link.slice(0, 80) : `${link.slice(0, Math.min(at, 80))}#...`;
}
