import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/** What a pure core may not reach for: time, chance and the machine are handed in. */
const impureGlobals = [
  'process',
  'Buffer',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'performance',
  'fetch',
  'WebSocket',
].map((name) => ({ name, message: 'Pure cores take time, chance and the machine as arguments.' }));

const impureProperties = [
  { object: 'Date', property: 'now', message: 'Pure cores take the clock as an argument.' },
  { object: 'Math', property: 'random', message: 'Pure cores take chance as an argument.' },
];

/** Words in what a window draws: beside the elements, chosen in them, or in what an element is called. */
const drawnWords = [
  'JSXText[value=/\\p{L}/u]',
  'JSXElement > JSXExpressionContainer > Literal[value=/\\p{L}{2}/u]',
  'JSXElement > JSXExpressionContainer > TemplateLiteral > TemplateElement[value.raw=/\\p{L}{2}/u]',
  'JSXElement > JSXExpressionContainer > ConditionalExpression > Literal[value=/\\p{L}{2}/u]',
  'JSXElement > JSXExpressionContainer > LogicalExpression > Literal.right[value=/\\p{L}{2}/u]',
  'JSXAttribute[name.name=/^(aria-label|aria-description|title|placeholder|alt|label|text|confirm|textValue)$/] Literal[value=/\\p{L}{2}/u]',
].map((selector) => ({ selector, message: 'Texts of windows stand in renderer/texts, apart for translation.' }));

export default tseslint.config(
  {
    ignores: ['node_modules/**', 'dist/**', 'out/**', 'coverage/**', 'assets/**', '**/*.mjs', '**/*.cjs', '**/*.js'],
  },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-console': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-empty-object-type': 'off',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true, defaultFrom: true } }],
    },
  },
  {
    files: ['core/{protocol,session,replica,model}/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-globals': ['error', ...impureGlobals],
      'no-restricted-properties': ['error', ...impureProperties],
    },
  },
  {
    // A command line program talks to its console.
    files: ['cli/**/*.ts', 'build/**/*.ts', 'bench/**/*.ts', 'lab/**/*.ts', 'e2e/**/*.ts', 'services/main.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['renderer/**/*.{ts,tsx}'],
    extends: [reactHooks.configs.flat.recommended],
  },
  {
    files: ['renderer/**/*.tsx'],
    ignores: ['renderer/testing/**', '**/*.test.tsx'],
    rules: { 'no-restricted-syntax': ['error', ...drawnWords] },
  },
  {
    files: ['**/*.test.{ts,tsx}', 'e2e/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // It reads the scenes of the pages, so its types are those of a browser's window, as in e2e.
    files: ['build/gallery.ts'],
    languageOptions: { parserOptions: { projectService: false, project: './e2e/tsconfig.json' } },
  },
  {
    // These tools read the default export.
    files: ['vitest.config.ts', 'build/vite.renderer.ts'],
    rules: { 'no-restricted-exports': 'off' },
  },
);
