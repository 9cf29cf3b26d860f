import { Component, type ReactNode } from 'react';
import { t } from '../texts/en.ts';
import { ErrorNote } from './ErrorNote.tsx';

interface ViewBoundaryProps {
  readonly children: ReactNode;
}

/** A view that fails says so in its place; the bar above it stays, and jobs are not touched. */
export class ViewBoundary extends Component<ViewBoundaryProps, { failure: string | undefined }> {
  override state: { failure: string | undefined } = { failure: undefined };

  static getDerivedStateFromError(error: unknown): { failure: string } {
    return { failure: error instanceof Error ? `${error.message}\n${error.stack ?? ''}` : String(error) };
  }

  override render(): ReactNode {
    const { failure } = this.state;
    if (failure === undefined) return this.props.children;
    const [message = ''] = failure.split('\n');
    return (
      <main id="main" className="page">
        <ErrorNote error={{ code: 'internal', message, details: { stack: failure }, nextStep: t.shell.viewFailed }} />
        <div>
          <button type="button" className="btn" onClick={() => this.setState({ failure: undefined })}>
            {t.shell.showAgain}
          </button>
        </div>
      </main>
    );
  }
}
