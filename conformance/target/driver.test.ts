import { expect } from 'chai';
import { claimedComplete, type Fields, HELLO, type Playing, type Stage, scripted } from '../testing/scripted-driver.ts';
import type { DriverView } from '../trace.ts';
import type { ClientRun, DriverAnswer } from './client.ts';
import { DriverTarget, MOST_STARTS } from './driver.ts';
import { MOST_BYTES } from './driver-link.ts';

const RUN: ClientRun = { host: '127.0.0.1', port: 1, profile: 'stateless', count: 3 };

/** Says hello and leaves the rest to the test. */
function polite(play: (request: Fields, stage: Stage) => void): Playing {
  return scripted((request, stage) => {
    if (request['type'] === 'hello') stage.say(HELLO);
    else play(request, stage);
  });
}

function target({ launch }: Playing): DriverTarget {
  return new DriverTarget(['scripted'], launch);
}

async function answerOf(driver: DriverTarget, run: ClientRun = RUN): Promise<DriverAnswer> {
  const end = await driver.start(run).ended;
  if (end.by !== 'driver') throw new Error('expected the end of a driver');
  return end.answer;
}

function faults({ log }: DriverTarget): Extract<DriverView, { what: 'fault' }>[] {
  return log.flatMap(({ event }) => (event.what === 'fault' ? [event] : []));
}

function right(request: Fields): Fields {
  return { type: 'result', id: request['id'], result: claimedComplete(request) };
}

const honest = (request: Fields, stage: Stage): void => {
  if (request['type'] === 'run') stage.say(right(request));
};

describe('a driver under test', () => {
  it('is started once for all runs and ends at bye', async () => {
    const playing = polite(honest);
    const driver = target(playing);
    const answers = await Promise.all([RUN, RUN, RUN].map((run) => answerOf(driver, run)));
    expect(answers.map(({ what }) => what)).to.deep.equal(['result', 'result', 'result']);
    expect((await driver.close())?.code).to.equal(0);
    expect(playing.requests.map(({ type }) => type)).to.deep.equal(['hello', 'run', 'run', 'run', 'bye']);
    expect(playing.starts()).to.equal(1);
    expect(faults(driver)).to.deep.equal([]);
  });

  it('is sent what a run asks for, under an id of its own', async () => {
    const playing = polite(honest);
    const driver = target(playing);
    const clientId = '6BA7B810-9DAD-41D1-80B4-00C04FD430C8';
    await answerOf(driver);
    await answerOf(driver, { ...RUN, profile: 'stateful', clientId, confirm: false, prefixChecksum: true });
    expect(playing.requests.slice(1)).to.deep.equal([
      { type: 'run', id: 'run-1', server: '127.0.0.1:1', profile: 'stateless', count: 3 },
      {
        type: 'run',
        id: 'run-2',
        server: '127.0.0.1:1',
        profile: 'stateful',
        count: 3,
        clientId,
        confirm: false,
        prefixChecksum: true,
      },
    ]);
    await driver.close();
  });

  it('is never sent what the schema does not allow', async () => {
    const playing = polite(honest);
    const driver = target(playing);
    let fault: unknown;
    await driver.start({ ...RUN, count: 0 }).ended.catch((error: unknown) => {
      fault = error;
    });
    expect(fault).to.be.an('error').with.property('message').that.includes('/count: must be >= 1');
    expect(playing.requests).to.deep.equal([]);
  });

  it('gets a cancel in place of a signal', async () => {
    const playing = polite((request, stage) => {
      const result = {
        ...claimedComplete({ profile: 'stateless', count: 3 }),
        result: 'interrupted',
        error: { message: 'x' },
      };
      if (request['type'] === 'cancel') stage.say({ type: 'result', id: request['id'], result });
    });
    const driver = target(playing);
    const run = driver.start(RUN);
    await driver.open();
    await new Promise(setImmediate);
    expect(run.interrupt('SIGINT')).to.equal('cancel');
    const end = await run.ended;
    expect(end).to.have.nested.property('answer.result.result', 'interrupted');
    await driver.close();
  });

  const lies: readonly [string, (request: Fields, stage: Stage) => void, Fields][] = [
    [
      'answers a run twice',
      (request, stage) => {
        honest(request, stage);
        honest(request, stage);
      },
      { fault: 'twice', message: 'result for a run that is answered already' },
    ],
    [
      'answers a run that nobody asked for',
      (request, stage) => {
        stage.say({ ...right(request), id: 'nobody' });
        honest(request, stage);
      },
      { fault: 'unknown-id', message: 'result for a run that was not asked for' },
    ],
    [
      'prints what is no JSON',
      (request, stage) => {
        stage.write('starting up...\n');
        honest(request, stage);
      },
      { fault: 'shape', message: 'expected a JSON object, got no JSON', line: 'starting up...' },
    ],
    [
      'says hello otherwise a second time',
      (request, stage) => {
        stage.say({ ...HELLO, options: [] });
        honest(request, stage);
      },
      { fault: 'hello', message: 'a hello that differs from the first one' },
    ],
    [
      'does not end its last line',
      (request, stage) => {
        honest(request, stage);
        stage.write('half a li');
        stage.exit(0);
      },
      { fault: 'shape', message: 'the last line has no line feed', line: 'half a li' },
    ],
  ];
  for (const [title, play, fault] of lies) {
    it(`is found out when it ${title}`, async () => {
      const driver = target(polite((request, stage) => (request['type'] === 'run' ? play(request, stage) : undefined)));
      expect((await answerOf(driver)).what).to.equal('result');
      await driver.close();
      expect(faults(driver)[0]).to.deep.include(fault);
    });
  }

  it('has its line told when it is of another shape, and the run is lost', async () => {
    const driver = target(
      polite((request, stage) => {
        if (request['type'] === 'run')
          stage.say({ ...right(request), result: { ...claimedComplete(request), sum: 1 } });
      }),
    );
    const answer = await answerOf(driver);
    expect(answer).to.have.property('why').that.includes('$/result/sum: must be string');
    expect(faults(driver)[0]?.line).to.include('"sum":1');
    await driver.close();
  });

  it('is told what a run was refused with', async () => {
    const driver = target(
      polite((request, stage) => {
        if (request['type'] === 'run') stage.say({ type: 'error', id: request['id'], message: 'not today' });
      }),
    );
    expect(await answerOf(driver)).to.deep.equal({ what: 'error', message: 'not today' });
    await driver.close();
  });

  it('loses its runs when it dies and is started again, but not for ever', async () => {
    const playing = polite((request, stage) =>
      request['type'] === 'run' ? stage.exit(3, 'Traceback\nboom\n') : undefined,
    );
    const driver = target(playing);
    for (let start = 1; start <= MOST_STARTS; start++) {
      expect(await answerOf(driver)).to.deep.equal({
        what: 'none',
        why: 'the driver ended with exit code 3 (boom), before it answered',
      });
    }
    expect(await answerOf(driver)).to.deep.equal({
      what: 'none',
      why: `the driver has ended ${MOST_STARTS} times and is not started again`,
    });
    expect(playing.starts()).to.equal(MOST_STARTS);
    expect(faults(driver)).to.have.length(MOST_STARTS);
    expect(faults(driver)[0]).to.include({ fault: 'died' });
  });

  it('is started once only when it ends before its hello', async () => {
    const playing = scripted((_request, stage) => stage.exit(127, 'no such file\n'));
    const driver = target(playing);
    expect((await driver.open())?.code).to.equal(127);
    expect(await answerOf(driver)).to.deep.equal({ what: 'none', why: 'the driver has not answered hello' });
    expect(playing.starts()).to.equal(1);
  });

  it('is ended when it floods stdout, with or without lines', async () => {
    for (const text of [
      'y\n'.repeat(1 << 15),
      'x'.repeat(1 << 20),
      `${JSON.stringify({ type: 'progress', id: 'run-1', received: 1, more: 'x'.repeat(60_000) })}\n`,
    ]) {
      const driver = target(
        polite((request, stage) => {
          if (request['type'] !== 'run') return;
          for (let bytes = 0; bytes <= MOST_BYTES; bytes += text.length) stage.write(text);
        }),
      );
      expect(await answerOf(driver))
        .to.have.property('why')
        .that.includes('the driver ended with SIGKILL');
      expect(faults(driver).map(({ fault }) => fault)).to.include('flood');
    }
  });

  it('is waited for no longer than it takes to cancel when a run is stopped', async () => {
    const driver = target(polite(() => undefined));
    const run = driver.start(RUN);
    await driver.open();
    const ended = run.stop();
    void driver.close();
    expect(await ended)
      .to.have.nested.property('answer.why')
      .that.includes('before it answered');
  });
});
