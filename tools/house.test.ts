/**
 * House rules that the linter cannot express. The folder map is in README.md.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const ROOMS = [
  'bench',
  'bin',
  'conformance',
  'hostile',
  'protocol',
  'proxy',
  'reference-client',
  'reference-server',
  'simulation',
  'spec',
  'tools',
  'vectors',
];
const MAX_LINES = 400;

interface Source {
  /** Relative to the repository. */
  readonly file: string;
  readonly text: string;
  /** Repository files for relative imports, package or `node:` names for the others. */
  readonly imports: readonly string[];
}

const read = (file: string): string => readFileSync(`${ROOT}${file}`, 'utf8');

/** `import ... from 'x'`, `export ... from 'x'`, `import 'x'` and `import('x')`. */
const IMPORT =
  /^(?:import|export)\b[^;'"`=()]*?\bfrom\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;

function importsOf(file: string, text: string): string[] {
  const specifiers = text.matchAll(IMPORT);
  return [...specifiers]
    .map((match) => match[1] ?? match[2] ?? match[3] ?? '')
    .map((name) => (name.startsWith('.') ? posix.join(posix.dirname(file), name) : name));
}

const SOURCES: readonly Source[] = ROOMS.flatMap((room) =>
  readdirSync(`${ROOT}${room}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${room}/${name}`)
    .map((file) => ({ file, text: read(file) }))
    .map(({ file, text }) => ({ file, text, imports: importsOf(file, text) })),
);

interface ImportRule {
  readonly title: string;
  /** Files that the rule binds. */
  readonly from: RegExp;
  readonly except?: RegExp;
  readonly allowed?: RegExp;
  readonly denied?: RegExp;
}

const TEST = /\.test\.ts$/;

const IMPORT_RULES: readonly ImportRule[] = [
  {
    title: 'the oracle is transcribed from the specification and imports the message types at most',
    from: /^conformance\/oracle\//,
    except: TEST,
    allowed: /^(?:conformance\/oracle\/|protocol\/messages\.ts$|node:)/,
  },
  {
    title: 'nothing depends on the judge but the command, the vectors and the tools',
    from: /^(?:protocol|reference-server|reference-client)\//,
    denied: /^conformance\//,
  },
  {
    title: 'vectors are checked by the oracle, not by the code that made them',
    from: /^vectors\//,
    except: /^vectors\/(?:reference-[^/]*|[^/]*\.test)\.ts$/,
    denied: /^(?:reference-(?:server|client)\/|protocol\/(?:pcg32|checksum|doubling|resume-key)\.ts$)/,
  },
  {
    title: 'a server knows no client: they meet in simulation/',
    from: /^reference-server\//,
    denied: /^(?:reference-client|simulation)\//,
  },
  {
    title: 'a client knows no server: they meet in simulation/',
    from: /^reference-client\//,
    denied: /^(?:reference-server|simulation)\//,
  },
  {
    title: 'the fault proxy knows nothing of those that it stands between',
    from: /^proxy\//,
    except: TEST,
    allowed: /^(?:proxy\/|protocol\/(?:cli|clock|real)\.ts$|node:|commander$)/,
  },
  {
    title: 'none of those that the fault proxy stands between knows of it',
    from: /^(?:protocol|reference-server|reference-client)\//,
    except: TEST,
    denied: /^proxy\//,
  },
  {
    title: 'a simulation takes its answers from the oracle, and nothing depends on it',
    from: /^simulation\//,
    except: TEST,
    denied:
      /^(?:conformance\/(?!oracle\/)|protocol\/(?:pcg32|checksum|doubling|resume-key|backoff)\.ts$|reference-(?:server|client)\/bindings\/)/,
  },
  {
    title: 'nothing imports a simulation',
    from: /^(?:bench|bin|conformance|protocol|proxy|tools|vectors)\//,
    denied: /^simulation\//,
  },
  {
    title: 'sessions and back-off are pure: they know the protocol and nothing of Node',
    from: /^reference-(?:server|client)\/(?:[a-z]+-)?(?:session|backoff)\.ts$/,
    allowed: /^(?:protocol\/(?!bindings\/|real\.ts$)|reference-(?:server|client)\/(?!bindings\/|main\.ts$))/,
  },
  {
    title: 'the protocol uses Node for hashing, for its real clock and random source, and to find its own package',
    from: /^protocol\/[^/]+\.ts$/,
    except: /(?:^protocol\/(?:checksum|resume-key|real|package-root)\.ts|\.test\.ts)$/,
    denied: /^node:/,
  },
  {
    title: 'nothing imports the tools but tests',
    from: /^(?:bin|protocol|proxy|reference-server|reference-client|conformance|vectors)\//,
    except: TEST,
    denied: /^tools\//,
  },
];

function violations(rule: ImportRule, sources: readonly Source[]): string[] {
  return sources
    .filter(({ file }) => rule.from.test(file) && !rule.except?.test(file))
    .flatMap(({ file, imports }) =>
      imports
        .filter((name) => rule.denied?.test(name) || (rule.allowed && !rule.allowed.test(name)))
        .map((name) => `${file} imports ${name}`),
    );
}

describe('house rules', () => {
  for (const rule of IMPORT_RULES) {
    it(rule.title, () => {
      expect(violations(rule, SOURCES)).to.deep.equal([]);
    });
  }

  it('see every form of import', () => {
    const text = "import {\n  a,\n} from '../x.ts';\nimport 'y';\nexport * from './z.ts';\nvoid import('./w.ts');";
    expect(importsOf('a/b/c.ts', text)).to.deep.equal(['a/x.ts', 'y', 'a/b/z.ts', 'a/b/w.ts']);
  });

  it('notice an import in the wrong direction', () => {
    const source = { file: 'protocol/x.ts', text: '', imports: ['conformance/cli.ts', 'protocol/errors.ts'] };
    expect(IMPORT_RULES.flatMap((rule) => violations(rule, [source]))).to.deep.equal([
      'protocol/x.ts imports conformance/cli.ts',
    ]);
  });

  it('time and chance come from an injected clock and random source', () => {
    const pure = SOURCES.filter(
      ({ file }) => /^(?:protocol|reference-server|reference-client)\/(?!testing\/)/.test(file) && !TEST.test(file),
    ).filter(({ file }) => file !== 'protocol/real.ts');
    const guilty = pure.filter(({ text }) =>
      /\b(?:Math\.random|Date\.now|performance\.now)\(|\bnew Date\(\)/.test(text),
    );
    expect(guilty.map(({ file }) => file)).to.deep.equal([]);
  });

  it(`keep files within ${MAX_LINES} lines`, () => {
    const long = SOURCES.filter(({ file }) => !file.includes('/generated/'))
      .map(({ file, text }) => ({ file, lines: text.split('\n').length - 1 }))
      .filter(({ lines }) => lines > MAX_LINES);
    expect(long).to.deep.equal([]);
  });

  it('let every file say its purpose first', () => {
    const silent = SOURCES.filter(({ file }) => !TEST.test(file) && !file.includes('/generated/')).filter(
      ({ text }) => !/^(?:#!.*\n)?\/\*\*/.test(text),
    );
    expect(silent.map(({ file }) => file)).to.deep.equal([]);
  });

  it('leave no switch that silences a checker', () => {
    const silenced = SOURCES.filter(({ file }) => file !== 'tools/house.test.ts').filter(({ text }) =>
      /@ts-(?:ignore|expect-error|nocheck)|biome-ignore|\bas any\b/.test(text),
    );
    expect(silenced.map(({ file }) => file)).to.deep.equal([]);
  });

  it('name every room in the map of README.md, and no room that does not exist', () => {
    const named = [...read('README.md').matchAll(/^[|`\s-]*\[?`?([a-z][a-z-]*)\/`?/gm)].map((match) => match[1] ?? '');
    expect(named).to.include.members(ROOMS);
    expect(named.filter((room) => !existsSync(`${ROOT}${room}`))).to.deep.equal([]);
  });
});
