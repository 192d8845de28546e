// The rules that checkTgsi knows, with what virglrenderer does where one is broken. Sources: tgsi_text.c, tgsi_scan.c
// and vrend_shader.c of the releases (0.10.4 does without many checks that 1.0.0 added) and runs of these texts on Debian's 0.10.4.
import { releaseHas, type TgsiRelease } from '../tables/releases';

/**
 * What happens to a shader that breaks a rule: `crash` makes virglrenderer use memory outside of its tables, which may
 * end the process at once or later, `reject` makes the create command fail and
 * puts the context in its error state, `drop` leaves something out without a word, `warning` gives GLSL that does not
 * compile or does something else than the text says.
 */
export type TgsiSeverity = 'crash' | 'reject' | 'drop' | 'warning';

interface Rule {
  readonly severity: TgsiSeverity;
  /** What releases before 1.0.0 do, where that differs. */
  readonly before1?: TgsiSeverity;
}

/** Every rule by name. */
export const TGSI_RULES = {
  // Text.
  syntax: { severity: 'reject' },
  'unknown-to-release': { severity: 'reject' },
  'stage-mismatch': { severity: 'warning' },
  // Properties.
  'property-refused': { severity: 'reject' },
  'property-unknown': { severity: 'drop' },
  'property-stage': { severity: 'warning' },
  'property-missing': { severity: 'warning' },
  // Declarations.
  'reversed-temp-range': { severity: 'reject', before1: 'crash' },
  'reversed-range': { severity: 'reject', before1: 'warning' },
  'reversed-range-unchecked': { severity: 'warning' },
  'index-wrap': { severity: 'warning' },
  'register-bounds': { severity: 'reject', before1: 'crash' },
  'register-count': { severity: 'reject', before1: 'warning' },
  'declaration-limit': { severity: 'reject' },
  'sampler-limit': { severity: 'warning' },
  'duplicate-uniform-block': { severity: 'reject' },
  'duplicate-declaration': { severity: 'warning' },
  'declaration-ignored': { severity: 'drop' },
  'declaration-after-instruction': { severity: 'warning' },
  'system-value': { severity: 'reject', before1: 'warning' },
  'semantic-stage': { severity: 'warning' },
  'semantic-index': { severity: 'warning' },
  'semantic-index-limit': { severity: 'reject', before1: 'warning' },
  'file-stage': { severity: 'warning' },
  'image-format': { severity: 'warning' },
  // Instructions.
  'opcode-untranslated': { severity: 'drop' },
  'opcode-stage': { severity: 'warning' },
  'operand-kind': { severity: 'warning' },
  'texture-target': { severity: 'warning' },
  'texture-samples-target': { severity: 'reject' },
  'texture-offset-target': { severity: 'reject' },
  'texture-offset-file': { severity: 'drop' },
  // Operands.
  'destination-file': { severity: 'reject', before1: 'warning' },
  'source-file': { severity: 'reject', before1: 'warning' },
  'address-file': { severity: 'reject', before1: 'warning' },
  'undeclared-register': { severity: 'reject' },
  'undeclared-temp-write': { severity: 'drop' },
  'undeclared-system-value': { severity: 'reject', before1: 'warning' },
  'undeclared-resource': { severity: 'warning' },
  'undeclared-immediate': { severity: 'warning' },
  'negative-immediate': { severity: 'reject', before1: 'warning' },
  'immediate-limit': { severity: 'reject' },
  'immediate-64bit': { severity: 'reject' },
  'resource-bounds': { severity: 'crash' },
  'sampler-source': { severity: 'reject', before1: 'warning' },
  'sampler-range': { severity: 'reject' },
  // Structure.
  'block-unopened': { severity: 'reject' },
  'block-mismatch': { severity: 'warning' },
  'block-unclosed': { severity: 'warning' },
  'break-outside-loop': { severity: 'warning' },
  'end-missing': { severity: 'warning' },
  'end-repeated': { severity: 'warning' },
  'after-end': { severity: 'warning' },
} as const satisfies Record<string, Rule>;

/** The name of a rule. */
export type TgsiRule = keyof typeof TGSI_RULES;

/** What a release does with a shader that breaks the rule. */
export const severityOf = (name: TgsiRule, release: TgsiRelease): TgsiSeverity => {
  const rule: Rule = TGSI_RULES[name];
  return releaseHas(release, '1.0.0') ? rule.severity : (rule.before1 ?? rule.severity);
};
