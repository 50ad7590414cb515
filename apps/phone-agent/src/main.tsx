import { render } from 'preact';
import { PhoneApp } from './app/phone-app.ts';
import { registerServiceWorker } from './register-app.ts';
import { App } from './screens/app.tsx';

const root = document.body;
if (location.pathname === '/self-test') void import('./screens/self-test.tsx').then(({ SelfTestPage }) => render(<SelfTestPage />, root));
else if (location.pathname === '/trust') void import('./screens/trust.tsx').then(({ TrustPage }) => render(<TrustPage />, root));
else {
  const app = new PhoneApp(location.origin);
  render(<App app={app} />, root);
  addEventListener('pagehide', () => app.closing());
  void registerServiceWorker().then((certificate) => app.noteCertificate(certificate));
  const { hash, search } = location;
  // The token is used once and stays in no history; what the address chose is kept by the phone.
  if (hash !== '') history.replaceState(null, '', `/${search.includes('isolated=0') ? '?isolated=0' : ''}`);
  void app.start({ hash, search });
}
