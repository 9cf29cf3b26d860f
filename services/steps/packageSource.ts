import { z } from 'zod';
import type { AnswerOf, ScreenOf } from '../../core/steps/registry.ts';
import { compareVersionText } from '../../core/model/rpmVersion.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { AskKind } from './StepKind.ts';

/** A cert list, or the packages of the library without one. */
export const packageSource: AskKind<object, ScreenOf<'package-source'>, AnswerOf<'package-source'>> = {
  form: 'ask',
  params: z.strictObject({}),
  fromLibrary: true,
  /** Cert lists, newest release first; the proposal is the newest complete one. */
  open: ({ library }) => {
    const certLists = Object.values(library.certLists)
      .map(({ fileName, release, title, missing }) => ({ fileName, release, title, missing }))
      .sort((a, b) => compareVersionText(b.release, a.release) || (a.fileName < b.fileName ? -1 : 1));
    return {
      screen: {
        certLists,
        packageCount: Object.keys(library.packages).length,
        proposal: (certLists.find((list) => list.missing.length === 0) ?? certLists[0])?.fileName,
      },
    };
  },
  judge: ({ library }, _screen, answer) => {
    if (Object.keys(library.packages).length === 0) {
      throw new PutError('package-unknown', 'the package library is empty: upload packages first');
    }
    if (answer.certList !== undefined && !Object.hasOwn(library.certLists, answer.certList)) {
      throw new PutError('package-unknown', `the package library has no cert list ${answer.certList}`, {
        fileName: answer.certList,
      });
    }
    return { answer };
  },
};
