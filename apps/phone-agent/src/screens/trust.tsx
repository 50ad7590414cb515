import { useEffect, useState } from 'preact/hooks';
import type { AppState } from '../app/app-state.ts';
import { type Authority, lookAtAuthority } from '../app/look-at-authority.ts';
import { Header } from './parts.tsx';

/** A line where the certificate is not trusted; nothing elsewhere. */
export function TrustNote({ certificate }: Pick<AppState, 'certificate'>) {
  if (certificate !== 'not trusted') return null;
  return (
    <p class="note warn">
      <strong>This browser does not know the certificate of this fleet.</strong>
      <span>
        Measuring works all the same; the app cannot be installed. <a href="/trust">How to trust it</a>
      </span>
    </p>
  );
}

/** How to trust the local certificate authority, checked against the link by which this phone joined. */
export function TrustPage() {
  const [authority, setAuthority] = useState<Authority | undefined>();
  useEffect(() => void lookAtAuthority().then(setAuthority), []);
  return (
    <>
      <Header />
      <main class="text">
        <h1>Trust this fleet's certificate</h1>
        <p class="lead">
          The coordinator made its own certificate authority, which can vouch for local names and addresses only. Once this phone trusts it,
          the page can be installed, opens without a warning and loads faster.
        </p>
        {authority && <AuthorityShown authority={authority} />}
        <h2>Android</h2>
        <p>
          Download the certificate. Then Settings, Security and privacy, More security settings, Encryption and credentials, Install a
          certificate, CA certificate, and choose the file.
        </p>
        <h2>iPhone and iPad</h2>
        <p>
          Open the file in Safari and allow the profile. Then Settings, General, VPN and Device Management, install it; and in General,
          About, Certificate Trust Settings, switch it on.
        </p>
        <h2>Without it</h2>
        <p>Go on past the browser's warning. Measuring, pausing and reporting all work; only installing does not.</p>
        <p>
          <a href="/">Back to measuring</a>
        </p>
      </main>
    </>
  );
}

function AuthorityShown({ authority }: { readonly authority: Authority }) {
  switch (authority.kind) {
    case 'none':
      return <p class="note">This coordinator uses a certificate that browsers know. There is nothing to do.</p>;
    case 'other':
      return (
        <div class="note bad" role="alert">
          <strong>Do not trust this certificate.</strong>
          <span>It is not the one that the link of this phone named. Somebody may stand between this phone and the fleet.</span>
        </div>
      );
    case 'same':
    case 'unchecked':
      return (
        <div class="note">
          <span>
            {authority.kind === 'same'
              ? 'It is the one that the link of this phone named. '
              : 'Compare its fingerprint with the one that the dashboard shows. '}
            Fingerprint <span class="code">{authority.fingerprint}</span>
          </span>
          <a class="button" href="/ca.pem" download="fleetfit-ca.pem">
            Download the certificate
          </a>
        </div>
      );
  }
}
