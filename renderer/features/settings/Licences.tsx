import { t } from '../../texts/en.ts';

const words = t.settings;

/** What PUT Desktop is made of that others wrote; the texts themselves come with the program. */
export function Licences() {
  return (
    <>
      <h3>{words.licences}</h3>
      <p className="sub">{words.licencesText}</p>
    </>
  );
}
