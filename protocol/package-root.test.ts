import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { packageRoot } from './package-root.ts';

describe('packageRoot', () => {
  it('is where the specification lies', () => {
    expect(existsSync(join(packageRoot(), 'spec', 'proto', 'reseq', 'v1', 'reseq.proto'))).to.equal(true);
  });
});
