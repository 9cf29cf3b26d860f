import { t } from '../texts/en.ts';
import { Accept } from './Accept.tsx';
import type { AskWindow, ScreenProps } from './AskWindow.ts';

const words = t.tables.preview;

function PreviewScreen({ screen, draft, locked, onChange }: ScreenProps<'preview'>) {
  return (
    <>
      <section className="panel preview" aria-label={words.title}>
        {screen.parts.map(({ title, lines }) => (
          <div key={title}>
            <h2>{title}</h2>
            {lines.map((line) => (
              <p key={line} className="mono wrap">
                {line}
              </p>
            ))}
          </div>
        ))}
      </section>
      <Accept
        text={words.accept}
        accepted={draft !== undefined}
        locked={locked}
        onChange={(accepted) => onChange(accepted ? { accept: true } : undefined)}
      />
    </>
  );
}

/** Preview: what will be done, to be read and accepted before Next starts it. */
export const preview: AskWindow<'preview'> = { Screen: PreviewScreen, lines: () => [words.accept] };
