/** Layers: core at the bottom, apps at the top; a package is entered through its public index alone. */
const pure = '^packages/(core|backbones|regularizers|l2o|self-training)/src';
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'packages-never-import-apps',
      severity: 'error',
      from: { path: '^packages' },
      to: { path: '^apps' },
    },
    {
      name: 'core-imports-no-other-package',
      severity: 'error',
      from: { path: '^packages/core/src' },
      to: { path: '^packages/(?!core/)' },
    },
    {
      name: 'engine-stands-alone',
      severity: 'error',
      from: { path: '^packages/tfjs-backend-onnxruntime/src', pathNot: '\\.test\\.ts$' },
      to: { path: '^packages/(?!tfjs-backend-onnxruntime/)' },
    },
    {
      name: 'through-the-public-index',
      severity: 'error',
      from: { path: '^(packages|apps)/([^/]+)/' },
      to: {
        path: '^(packages|apps)/[^/]+/src/',
        pathNot: ['^$1/$2/', '^(packages|apps)/[^/]+/src/index\\.ts$'],
      },
    },
    {
      name: 'no-node-built-ins-in-pure-packages',
      severity: 'error',
      from: { path: pure, pathNot: ['\\.test\\.ts$', '/testing', '/goldens/'] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'one-module-imports-tensorflow',
      severity: 'error',
      from: {
        path: '^(packages|apps)/',
        pathNot: [
          '^packages/core/src/tf\\.ts$',
          '^packages/tfjs-backend-onnxruntime/',
          '^packages/[^/]+/examples/',
          '\\.test\\.ts$',
        ],
      },
      to: { path: 'node_modules/@tensorflow/tfjs(-core)?/' },
    },
  ],
  options: {
    moduleSystems: ['es6', 'cjs'],
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(packages|apps)/[^/]+/dist/|/goldens/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@syn2real/source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
