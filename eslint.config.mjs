import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['build', 'dist', 'prebuilds', 'sanitize', 'out', 'coverage', 'docs/api'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'No default exports: name it.' },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', ignoreUsingDeclarations: true },
      ],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['test/**', 'bench/**', 'scripts/**', '*.mjs', '*.cjs', '*.js'],
    languageOptions: {
      globals: {
        setInterval: 'readonly',
        process: 'readonly',
        console: 'readonly',
        require: 'readonly',
        module: 'readonly',
        exports: 'readonly',
        __dirname: 'readonly',
      },
    },
    rules: {
      'no-restricted-syntax': 'off',
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-require-imports': 'off',
    },
  },
  {
    // Scripts of a page: they share one scope.
    files: ['lib/trace/report/assets/*.js'],
    languageOptions: {
      sourceType: 'script',
      globals: Object.fromEntries(
        [
          'atob',
          'Blob',
          'DecompressionStream',
          'document',
          'history',
          'location',
          'Response',
          'URLSearchParams',
          'window',
        ].map((name) => [name, 'readonly']),
      ),
    },
    rules: { '@typescript-eslint/no-unused-vars': 'off', 'max-lines-per-function': 'off' },
  },
  {
    // Modules of the viewer's page.
    files: ['lib/display/view/assets/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'clearInterval',
          'clearTimeout',
          'CustomEvent',
          'document',
          'Event',
          'fetch',
          'history',
          'localStorage',
          'location',
          'Option',
          'performance',
          'setInterval',
          'setTimeout',
          'URLSearchParams',
          'WebSocket',
          'window',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
);
