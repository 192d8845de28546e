// Checks a shader against what virglrenderer does with it, before it is sent.
import { VirglError } from '../../protocol/error';
import type { TgsiShader, TgsiStatement } from '../ast';
import { checkChoice, checkOptions } from '../options';
import { parseTgsi } from '../parse';
import { TGSI_RELEASES, type TgsiRelease } from '../tables/releases';
import { TGSI_STAGES, type TgsiStage } from '../tables/words';
import { checkDeclaration, checkImmediate, checkProperty, checkRequiredProperties } from './declarations';
import { checkEndOfShader, checkInstruction } from './instructions';
import { CheckState, type TgsiDiagnostic } from './state';

/** Options of {@link checkTgsi} and {@link assertTgsi}. */
export interface TgsiCheckOptions {
  /** The virglrenderer that will get the shader. Default: '0.10.4', the oldest and least forgiving. */
  readonly release?: TgsiRelease;
  /** The stage of the create command, which virglrenderer does not compare with the header. Default: no check. */
  readonly stage?: TgsiStage;
}

const OPTION_KEYS = ['release', 'stage'] as const satisfies (keyof TgsiCheckOptions)[];
const OLDEST_RELEASE: TgsiRelease = '0.10.4';

const readOptions = (
  operation: string,
  options: TgsiCheckOptions,
): { release: TgsiRelease; stage?: TgsiStage } => {
  checkOptions(operation, options, OPTION_KEYS);
  const { release = OLDEST_RELEASE, stage } = options;
  checkChoice(operation, 'release', release, TGSI_RELEASES);
  if (stage === undefined) return { release };
  checkChoice(operation, 'stage', stage, TGSI_STAGES);
  return { release, stage };
};

const checkStatement = (state: CheckState, statement: TgsiStatement): void => {
  switch (statement.kind) {
    case 'property':
      return checkProperty(state, statement);
    case 'unknown-property':
      return state.report('property-unknown', statement.location, `PROPERTY ${statement.name} is not known`);
    case 'declaration':
      return checkDeclaration(state, statement);
    case 'immediate':
      return checkImmediate(state, statement);
    case 'instruction':
      return checkInstruction(state, statement);
  }
};

const checkShader = (
  shader: TgsiShader,
  release: TgsiRelease,
  stage: TgsiStage | undefined,
): TgsiDiagnostic[] => {
  const state = new CheckState(shader.stage, release);
  if (stage !== undefined && stage !== shader.stage) {
    const message = `the header says ${shader.stage}, the create command ${stage}`;
    state.report('stage-mismatch', shader.location, message);
  }
  checkRequiredProperties(state, shader);
  for (const statement of shader.statements) checkStatement(state, statement);
  checkEndOfShader(state, shader.statements.at(-1)?.location ?? shader.location);
  return state.diagnostics.sort((a, b) => a.line - b.line || a.column - b.column);
};

const syntaxDiagnostic = ({ message, line = 1, column = 1 }: VirglError): TgsiDiagnostic => ({
  severity: 'reject',
  rule: 'syntax',
  message,
  line,
  column,
});

/**
 * Finds what virglrenderer would crash on, refuse, silently leave out or turn into broken GLSL. An empty list does not
 * prove that the driver behind it compiles the GLSL.
 * @param shader a text or its tree; a text that does not parse gives one finding with the rule `syntax`
 * @returns the findings in source order; see {@link TGSI_RULES}
 * @throws VirglError ERR_VIRGL_ARGUMENT for bad options
 */
export const checkTgsi = (shader: TgsiShader | string, options: TgsiCheckOptions = {}): TgsiDiagnostic[] => {
  const { release, stage } = readOptions('checkTgsi', options);
  if (typeof shader !== 'string') return checkShader(shader, release, stage);
  let parsed: TgsiShader;
  try {
    parsed = parseTgsi(shader);
  } catch (error) {
    if (error instanceof VirglError && error.code === 'ERR_VIRGL_DECODE') return [syntaxDiagnostic(error)];
    throw error;
  }
  return checkShader(parsed, release, stage);
};

/**
 * Throws for the first thing in a shader that virglrenderer would crash on or refuse.
 * @throws VirglError ERR_VIRGL_DECODE for a text that does not parse; ERR_VIRGL_ARGUMENT for a broken rule, with the
 *   rule as `field`, and for bad options; those of the text have `line` and `column`
 */
export const assertTgsi = (shader: TgsiShader | string, options: TgsiCheckOptions = {}): void => {
  const { release, stage } = readOptions('assertTgsi', options);
  const parsed = typeof shader === 'string' ? parseTgsi(shader) : shader;
  const fatal = checkShader(parsed, release, stage).find(
    ({ severity }) => severity === 'crash' || severity === 'reject',
  );
  if (fatal === undefined) return;
  const { severity, rule, message, line, column } = fatal;
  const verb = severity === 'crash' ? 'crashes on' : 'refuses';
  throw new VirglError(
    'ERR_VIRGL_ARGUMENT',
    `assertTgsi: line ${line}, column ${column}: ${message} (virglrenderer ${release} ${verb} this: ${rule})`,
    { operation: 'assertTgsi', field: rule, line, column },
  );
};
