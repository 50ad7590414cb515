import { SweepsPage } from '../sweeps/sweeps-page.tsx';

export default function Page() {
  return <SweepsPage />;
}
