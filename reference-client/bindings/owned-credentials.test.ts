import { Socket } from 'node:net';
import { credentials } from '@grpc/grpc-js';
import { expect } from 'chai';
import { OwnedCredentials } from './owned-credentials.ts';

function connectorOf(owned: OwnedCredentials) {
  return owned._createSecureConnector({ path: 'localhost:1' }, {});
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('owned credentials', () => {
  it('let a channel connect until they are closed', async () => {
    const owned = new OwnedCredentials(credentials.createInsecure(), 1);
    const connector = connectorOf(owned);
    await connector.waitForReady();
    owned.close();
    expect(await failureOf(connector.waitForReady())).to.have.property(
      'message',
      'this link makes no further connection',
    );
  });

  it('destroy a connection that was under way when they were closed', async () => {
    const owned = new OwnedCredentials(credentials.createInsecure(), 1);
    const socket = new Socket();
    owned.close();
    expect(await failureOf(connectorOf(owned).connect(socket))).to.have.property(
      'message',
      'this link makes no further connection',
    );
    expect(socket.destroyed).to.equal(true);
  });

  it('let no more connections come about than they are told', async () => {
    const owned = new OwnedCredentials(credentials.createInsecure(), 1);
    const connector = connectorOf(owned);
    await connector.connect(new Socket());
    expect(await failureOf(connector.waitForReady())).to.have.property(
      'message',
      'this link makes no further connection',
    );
  });

  it('end the connections made with them', async () => {
    const owned = new OwnedCredentials(credentials.createInsecure(), 1);
    const socket = new Socket();
    await connectorOf(owned).connect(socket);
    owned.close();
    expect(socket.writableEnded).to.equal(true);
  });
});
