import tseslint from 'typescript-eslint';

/** Programs whose output on the terminal is their purpose. */
const PRINTING = [
  'client/**',
  'demo/**',
  'bench/**',
  'docs/**',
  'sandbox/main.ts',
  'worker/bundle.ts',
  'test/support/*.ts',
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.demo*/', 'coverage/', 'test/golden/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'max-lines': ['error', { max: 300 }],
      'max-lines-per-function': ['error', { max: 60 }],
      'max-depth': ['error', 3],
      'max-params': ['error', 4],
      // A switch over a closed set is one decision, however many possibilities the set has.
      complexity: ['error', { max: 12, variant: 'modified' }],
      'no-console': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      // An interface promises a Promise; whether one implementation needs to wait is its own affair.
      '@typescript-eslint/require-await': 'off',
      // `const { gone: _gone, ...rest } = state` is how a field is left out.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, argsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  { files: PRINTING, rules: { 'no-console': 'off' } },
  // The SDK's own idiom: defineUpdate<void>('name').
  { files: ['workflows/messages.ts'], rules: { '@typescript-eslint/no-invalid-void-type': 'off' } },
  { files: ['test/**/*.ts'], rules: { 'max-lines-per-function': 'off' } },
  // Configuration of tools at the root belongs to no TypeScript project.
  {
    files: ['*.config.ts'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { parserOptions: { projectService: false } },
  },
);
